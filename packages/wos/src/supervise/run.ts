import type { Signal } from '@duende/core/contract';
import type { ProcessExit } from '../kernel/index.ts';
import { endFamily } from './end-family.ts';
import { HealthMonitor } from './health-monitor.ts';
import { readNotice } from './notify-lines.ts';
import type { Probe } from './probes.ts';
import type { KeptSettings, RunHost, RunPlan } from './run-host.ts';
import type { RunView } from './status.ts';

/** One run of a daemon: a process, until it is ready, while it is checked, and until it and all that it started have ended. */
export class Run {
  /** `undefined` before its process is there. */
  pid: number | undefined;
  /** It was killed since it was not ready in time. */
  timedOut = false;
  /** Why it was ended: it was not healthy. */
  unhealthy: string | undefined;
  /** What it says of itself. */
  message: string | undefined;
  readonly #host: RunHost;
  readonly #settings: KeptSettings;
  readonly #ready = Promise.withResolvers<boolean>();
  #isReady = false;
  #isStopping = false;
  #hasEnded = false;
  #killAt = Number.POSITIVE_INFINITY;
  #cancelKill: () => void = () => {};
  #cancelDeadline: () => void = () => {};
  #monitor: HealthMonitor | undefined;
  /** What is to be done as soon as its process is there. */
  #pending: (() => void)[] = [];

  constructor(host: RunHost, settings: KeptSettings) {
    this.#host = host;
    this.#settings = settings;
  }

  get wasReady(): boolean {
    return this.#isReady;
  }

  /** Whether it became ready; `false` when it ended before. */
  get ready(): Promise<boolean> {
    return this.#ready.promise;
  }

  /** Resolves when its process is there, with what resolves when all of it has ended. @throws PlatformError Config, SpawnFailed */
  async begin(
    plan: Omit<RunPlan, 'notify'>,
    probe: Probe | undefined,
  ): Promise<{ ended: Promise<ProcessExit> }> {
    const launched = await this.#host.launch({ ...plan, notify: (lines) => this.#take(lines) });
    const { pid } = launched;
    this.pid = pid;
    const { readiness, startTimeout, health } = this.#settings;
    if (readiness === 'none') this.#becomeReady();
    else if (!this.#isReady) this.#cancelDeadline = this.#after(startTimeout, () => this.#late());
    if (health && probe) {
      this.#monitor = new HealthMonitor(health, probe, {
        timers: this.#host.timers,
        isRunning: () => !this.#hasEnded && this.view().state === 'running',
        unhealthy: (why) => this.#endUnhealthy(why),
      });
    }
    for (const act of this.#pending.splice(0)) act();
    return { ended: launched.ended.then((exit) => this.#close(exit)) };
  }

  #after(milliseconds: number, act: () => void): () => void {
    return this.#host.timers.at(performance.now() + milliseconds, act);
  }

  #take(lines: string): void {
    const { isReady, status } = readNotice(lines);
    if (status !== undefined) this.message = status;
    if (isReady) this.#becomeReady();
  }

  #becomeReady(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#cancelDeadline();
    this.#ready.resolve(true);
  }

  #late(): void {
    this.timedOut = true;
    this.kill();
  }

  #endUnhealthy(why: string): void {
    if (this.#hasEnded || this.#isStopping) return;
    this.unhealthy = why;
    this.#end(this.#settings.stopSignal, this.#settings.stopTimeout);
  }

  async #close(exit: ProcessExit): Promise<ProcessExit> {
    this.#hasEnded = true;
    this.#cancelDeadline();
    this.#cancelKill();
    this.#monitor?.close();
    await endFamily(this.#host.kernel, this.pid as number);
    this.#ready.resolve(false);
    return exit;
  }

  /** Its signal, and KILL to all after so many milliseconds; a second stop can only make that sooner. */
  stop(signal: Signal, timeout: number): void {
    const isFirst = !this.#isStopping;
    this.#isStopping = true;
    if (this.pid === undefined) this.#pending.push(() => this.#end(signal, timeout));
    else this.#end(isFirst ? signal : undefined, timeout);
  }

  /** A paused process notices its signal when it is continued. */
  #end(signal: Signal | undefined, timeout: number): void {
    if (this.#hasEnded) return;
    const killAt = performance.now() + timeout;
    if (killAt < this.#killAt) {
      this.#killAt = killAt;
      this.#cancelKill();
      this.#cancelKill = this.#after(timeout, () => this.kill());
    }
    if (signal === undefined) return;
    this.signal(signal);
    this.signal('CONT');
  }

  kill(): void {
    if (this.#hasEnded) return;
    if (this.pid === undefined) this.#pending.push(() => this.kill());
    else this.#host.kernel.signalTree(this.pid, 'KILL');
  }

  /** @returns false when its process is not there */
  signal(signal: Signal): boolean {
    const { kernel } = this.#host;
    const { pid } = this;
    if (pid === undefined || this.#hasEnded || kernel.status(pid).exit !== undefined) return false;
    if (signal === 'STOP' || signal === 'CONT') kernel.signalTree(pid, signal);
    else kernel.signal(pid, signal);
    return true;
  }

  /** Until Stop or Cont is in effect, a second at most: its thread, or its OS process, does it when it can. */
  async inEffect(signal: Signal): Promise<void> {
    const { pid } = this;
    if (pid === undefined || (signal !== 'STOP' && signal !== 'CONT')) return;
    for (let left = 200; left > 0 && !this.#hasEnded; left -= 1) {
      const { state, exit } = this.#host.kernel.status(pid);
      if (exit !== undefined || (state === 'stopped') === (signal === 'STOP')) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  view(): RunView {
    const { pid, message } = this;
    const info = pid === undefined ? undefined : this.#host.kernel.status(pid);
    const blocked = info?.logBlocked;
    const state = this.#isReady ? (info?.state === 'stopped' ? 'paused' : 'running') : 'starting';
    return {
      pid,
      state: this.#isStopping ? 'stopping' : state,
      health: this.#monitor?.state,
      message:
        blocked === undefined ? message : `log blocked: ${blocked} (nothing is lost, the daemon waits)`,
    };
  }
}
