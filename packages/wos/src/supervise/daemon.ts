import type { DaemonStatus, FailureReason, Signal } from '@duende/core/contract';
import type { ProcessExit } from '../kernel/index.ts';
import type { DaemonSettings } from '../protocol/daemon-settings.ts';
import { judgeEnd } from './ending.ts';
import type { Journal } from './journal.ts';
import { makeProbe } from './make-probe.ts';
import { tryToMendLog } from './mend-log.ts';
import { nextStep } from './policy.ts';
import type { DaemonRecord } from './record.ts';
import { Run } from './run.ts';
import type { RunHost } from './run-host.ts';
import { describeDaemon } from './status.ts';
import type { Tracing } from './trace.ts';

/** The life of one daemon: runs, restarts, stops, its end. */
export class Daemon {
  readonly journal: Journal;
  /** Who traces it. */
  tracing: Tracing | undefined;
  readonly #host: RunHost;
  readonly #ended = Promise.withResolvers<void>();
  #run: Run | undefined;
  #cancelRestart: () => void = () => {};

  constructor(host: RunHost, journal: Journal) {
    this.#host = host;
    this.journal = journal;
    if (this.hasEnded) this.#ended.resolve();
  }

  get record(): Readonly<DaemonRecord> {
    return this.journal.record;
  }

  get hasEnded(): boolean {
    return this.record.phase === 'ended';
  }

  /** Resolves when it has ended for good. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Of its process, when that is there. */
  get pid(): number | undefined {
    return this.#run?.pid;
  }

  get status(): DaemonStatus {
    return describeDaemon(this.record, this.#run?.view());
  }

  /** Begins a run. @throws PlatformError Config, SpawnFailed: nothing runs then */
  async begin(settings: DaemonSettings): Promise<{ run: Run; ended: Promise<ProcessExit> }> {
    const { journal, record, tracing } = this;
    const run = new Run(this.#host, journal.runBegins(settings));
    this.#run = run;
    const log = { folder: journal.log, ...settings.logs };
    const plan = {
      daemon: record.name,
      run: settings.run,
      log,
      restarts: record.restarts,
      trace: tracing?.sink,
    };
    const { kernel } = this.#host;
    const probe = settings.health && makeProbe(kernel, settings.health, () => journal.readSettings().run);
    try {
      tryToMendLog(journal.log, settings.logs, record.name, this.#host);
      const { ended } = await run.begin(plan, probe);
      const pid = run.pid as number;
      journal.runIsThere(pid);
      this.#trace(pid, tracing);
      return { run, ended };
    } catch (error) {
      this.#run = undefined;
      throw error;
    }
  }

  /** It is traced by who was told of its first call, or by who has come or gone meanwhile. */
  #trace(pid: number, told: Tracing | undefined): void {
    if (this.tracing === told) return;
    told?.leave();
    this.tracing?.attach(pid);
  }

  /** Its first run goes well: from here on it is kept. @throws Error of the file system */
  keep(run: Run, ended: Promise<ProcessExit>): void {
    this.journal.keep();
    this.#follow(run, ended);
  }

  /** Its first run does not go well. */
  abandon(): void {
    this.#run = undefined;
    this.#discardRun();
    this.#finish(undefined);
  }

  /** A former kernel had it. */
  resume(): void {
    const { phase, pid } = this.record;
    try {
      this.journal.settings;
    } catch (error) {
      this.journal.runHasEnded(undefined, (error as Error).message, false);
      this.#finish('lost');
      return;
    }
    if (phase === 'waiting') this.#planRestart();
    else this.#runEnded(pid === undefined ? undefined : this.#host.formerExit(pid), undefined);
  }

  #follow(run: Run, ended: Promise<ProcessExit>): void {
    void ended.then((exit) => this.#runEnded(exit, run));
  }

  #runEnded(exit: ProcessExit | undefined, run: Run | undefined): void {
    this.#run = undefined;
    const ending = judgeEnd(exit, {
      stopSignal: this.record.stopAsked ? this.journal.settings.stopSignal : undefined,
      timedOut: run?.timedOut === true,
      unhealthy: run?.unhealthy !== undefined,
    });
    const why = run?.unhealthy === undefined ? ending.message : `It was not healthy: ${run.unhealthy}`;
    this.journal.runHasEnded(ending.exit, why ?? run?.message, run?.wasReady === true);
    this.#goOn(ending.failure);
  }

  #goOn(failure: FailureReason | undefined): void {
    const step = nextStep(this.record, this.journal.settings.restart, failure, Date.now());
    if (step.phase === 'ended') {
      this.#finish(step.reason);
      return;
    }
    Object.assign(this.journal.record, step);
    this.journal.save();
    this.#planRestart();
  }

  #planRestart(): void {
    const left = (this.record.restartAt ?? 0) - Date.now();
    this.#cancelRestart = this.#host.timers.at(performance.now() + left, () => void this.#restart());
  }

  async #restart(): Promise<void> {
    const { record } = this.journal;
    record.restarts++;
    record.phase = 'live';
    record.restartAt = undefined;
    this.#discardRun();
    try {
      const { run, ended } = await this.begin(this.journal.readSettings());
      this.journal.save();
      this.#follow(run, ended);
    } catch (error) {
      record.message = `It could not be started: ${(error as Error).message}`;
      this.#goOn('spawn');
    }
  }

  #discardRun(): void {
    if (this.record.pid !== undefined) this.#host.discard(this.record.pid);
  }

  /** Its stop signal, and KILL to all of it after the timeout in milliseconds. Resolves when it has ended. */
  async stop(timeout?: number): Promise<DaemonStatus> {
    if (!this.hasEnded) {
      this.journal.record.stopAsked = true;
      if (this.#run === undefined) this.#finish(undefined);
      else {
        this.journal.save();
        const { stopSignal, stopTimeout } = this.journal.settings;
        this.#run.stop(stopSignal, timeout ?? stopTimeout);
      }
      await this.ended;
    }
    return this.status;
  }

  /** Resolves when Stop or Cont is in effect. @returns false when its process is not there */
  async signal(signal: Signal): Promise<boolean> {
    const run = this.#run;
    if (run?.signal(signal) !== true) return false;
    await run.inEffect(signal);
    return true;
  }

  #finish(reason: FailureReason | undefined): void {
    this.#cancelRestart();
    this.journal.finish(reason);
    this.#ended.resolve();
    this.#host.changed();
  }
}
