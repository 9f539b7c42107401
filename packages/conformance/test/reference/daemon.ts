import {
  classifyExit,
  type DaemonExit,
  type DaemonHandle,
  type DaemonStatus,
  type FailureReason,
  isTerminal,
  type ProgramSpec,
} from '@duende/core';
import { DaemonProcesses } from './daemon-processes.ts';
import { watchHealth } from './health.ts';
import { RestartPlan } from './restart-plan.ts';
import { SimProgram } from './sim-commands.ts';
import type { SimLog } from './sim-log.ts';
import type { World } from './world.ts';

type Facts = { restarts: number; lastExit?: DaemonExit };

/** One spawned daemon: its processes, its supervision, how it ended. Overridden piece by piece by the broken ones. */
export class Daemon extends DaemonProcesses {
  readonly id: string;
  readonly log: SimLog;
  readonly ended = Promise.withResolvers<DaemonStatus>();
  readonly ready = Promise.withResolvers<void>();
  handle: DaemonHandle;
  plan: RestartPlan;
  facts: Facts = { restarts: 0 };
  health: 'unknown' | 'healthy' | 'unhealthy' = 'unknown';
  #terminal: DaemonStatus | undefined;
  #startedAt = '';
  #isReady = false;
  #stopping = false;
  #failure: FailureReason | undefined;
  #restartAt: string | undefined;
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(world: World, spec: ProgramSpec, id: string, log: SimLog) {
    super(world, spec);
    this.id = id;
    this.log = log;
    this.plan = new RestartPlan(spec.restart);
    this.handle = { version: 1, name: spec.name, platform: 'native', id, data: { kind: 'native', pid: 0 } };
  }

  get isOver(): boolean {
    return this.#terminal !== undefined;
  }

  environment(): Record<string, string> {
    return { PATH: '/usr/bin:/bin', ...this.spec.env };
  }

  args(): readonly string[] {
    return this.spec.args;
  }

  start(): void {
    const main = this.fork(undefined);
    this.main = main;
    if (this.handle.data.kind === 'native' && this.handle.data.pid === 0)
      this.handle = { ...this.handle, data: { kind: 'native', pid: main.pid } };
    this.#startedAt = new Date().toISOString();
    this.#restartAt = undefined;
    this.#isReady = this.spec.readiness === 'none';
    if (this.#isReady) this.ready.resolve();
    const begun = performance.now();
    void main.ended.then((exit) => this.#mainEnded(exit, performance.now() - begun));
    void new SimProgram(this, main, this.args()).run();
    watchHealth(this, main);
  }

  becameReady(): void {
    this.#isReady = true;
    this.ready.resolve();
  }

  /** Ends the daemon as failed for this reason, unless its policy restarts it. */
  fail(reason: FailureReason): void {
    this.#failure = reason;
    this.main?.end({ signal: 'SIGKILL' });
  }

  outOfMemory(): void {
    this.fail('oom');
  }

  /** The manager was killed and started again: it takes over what runs. */
  managerKilled(): void {}

  async stop(timeout: number): Promise<DaemonStatus> {
    if (this.#terminal) return this.#terminal;
    const isFirst = !this.#stopping;
    this.#stopping = true;
    if (!this.main?.alive) {
      clearTimeout(this.#restartTimer);
      this.#finish({ state: 'stopped', ...this.facts });
    } else if (isFirst) {
      for (const process of this.stopSignalGoesTo()) {
        process.deliver(this.spec.stopSignal);
        process.deliver('CONT');
      }
    }
    const timer = setTimeout(() => this.killTree(), timeout);
    const status = await this.ended.promise;
    clearTimeout(timer);
    return status;
  }

  countRestart(): void {
    this.facts.restarts += 1;
  }

  status(): DaemonStatus {
    if (this.#terminal) return this.#terminal;
    const facts = { ...this.facts, ...(this.spec.health && { health: this.health }) };
    const { main } = this;
    if (!main?.alive)
      return {
        state: 'starting',
        ...facts,
        ...(this.#restartAt !== undefined && { restartAt: this.#restartAt }),
      };
    const live = { ...facts, pid: main.pid, startedAt: this.#startedAt };
    if (this.#stopping) return { state: 'stopping', ...live };
    if (main.paused) return { state: 'paused', ...live };
    return { state: this.#isReady ? 'running' : 'starting', ...live };
  }

  #mainEnded(exit: DaemonExit, ranFor: number): void {
    this.log.flush();
    this.killTree();
    const stop = { asked: this.#stopping, signal: this.spec.stopSignal };
    const plain = classifyExit(exit, stop);
    const reason = this.#failure ?? (plain.state === 'failed' ? plain.reason : undefined);
    this.#failure = undefined;
    const next = this.#stopping ? 'over' : this.plan.next(reason, ranFor);
    if (next === 'over' || next === 'limit') {
      this.#finish(this.#end(exit, next === 'limit' ? 'restart-limit' : reason));
      return;
    }
    this.facts.lastExit = exit;
    this.#restartAt = new Date(Date.now() + next.after).toISOString();
    this.#restartTimer = setTimeout(() => {
      this.countRestart();
      this.start();
    }, next.after);
  }

  #end(exit: DaemonExit, reason: FailureReason | undefined): DaemonStatus {
    const times = { startedAt: this.#startedAt, finishedAt: new Date().toISOString() };
    const common = { ...this.facts, ...times, exit };
    return reason === undefined ? { state: 'stopped', ...common } : { state: 'failed', reason, ...common };
  }

  #finish(status: DaemonStatus): void {
    if (!isTerminal(status)) return;
    this.killTree();
    this.#terminal = status;
    this.log.close();
    this.ended.resolve(status);
  }
}
