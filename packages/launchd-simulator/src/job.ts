import type { Definition } from './definition.ts';
import { Drain } from './drain.ts';
import { type Exit, shouldKeepAlive, standingCondition, type World } from './keep-alive.ts';
import { killGroup, killProcess } from './kill.ts';
import { isCrash, numberOfExit } from './signals.ts';
import type { Spawned } from './spawn-job.ts';
import { Waiters } from './waiters.ts';

export interface JobHost extends World {
  /** Milliseconds that one of launchd's seconds takes. */
  readonly second: number;
  /** How long a job stays in the domain after its process has ended in a bootout. */
  readonly drainMs: number;
  spawn(): Spawned | undefined;
  removed(): void;
}

/** One job of a domain: when it runs, what it is told, how it ended. */
export class Job {
  readonly definition: Definition;
  readonly path: string;
  readonly domain: string;
  phase: 'idle' | 'scheduled' | 'starting' | 'running' = 'idle';
  pid = 0;
  runs = 0;
  crashes = 0;
  reason = '';
  lastExit: Exit = { kind: 'never' };
  jetsamed = false;
  readonly #host: JobHost;
  readonly #drain = new Drain();
  readonly #waiters = new Waiters();
  #startedAt = 0;
  #demanded = false;
  #again = false;
  #abandoned = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(definition: Definition, path: string, domain: string, host: JobHost) {
    this.definition = definition;
    this.path = path;
    this.domain = domain;
    this.#host = host;
  }

  /** launchd.plist(5), ThrottleInterval: "by default, jobs will not be spawned more than once every 10 seconds". */
  get throttle(): number {
    return this.definition.number('ThrottleInterval') ?? 10;
  }

  /** launchd.plist(5), ExitTimeOut: the default is system-defined; 5 in public prints of macOS 11 to 26. */
  get exitTimeout(): number {
    return this.definition.number('ExitTimeOut') ?? 5;
  }

  get drain(): Drain['state'] {
    return this.#drain.state;
  }

  /** Names: the strings of launchd; facts/launchd.md (`xpcproxy` while it starts). */
  get state(): string {
    if (this.drain) return this.drain;
    return { idle: 'not running', scheduled: 'spawn scheduled', starting: 'xpcproxy', running: 'running' }[
      this.phase
    ];
  }

  /** After bootstrap. Sources: launchd.plist(5), RunAtLoad and KeepAlive; `speculative` is what prints of such jobs say. */
  loaded(): void {
    const { runAtLoad, keepAlive } = this.definition;
    if (runAtLoad || (keepAlive?.always && !keepAlive.afterInitialDemand)) void this.demand('speculative');
    else this.look();
  }

  /** Conditions that need no exit: asked again and again. */
  look(): void {
    const { keepAlive } = this.definition;
    if (this.phase !== 'idle' || this.drain || !keepAlive) return;
    if (keepAlive.afterInitialDemand && !this.#demanded) return;
    if (standingCondition(keepAlive, this.#host)) void this.demand('semaphore');
  }

  /**
   * Starts it, at once or when the throttle allows. facts/launchd.md: the throttle delays kickstart too; the answer waits for it (guessed:
   * the reply carries the PID). Resolves with 0 when it is removed before.
   */
  demand(reason: string): Promise<number> {
    this.#demanded = true;
    const started = this.#waiters.add();
    if (this.pid > 0) this.#waiters.answer(this.pid);
    else if (this.phase === 'idle') this.#schedule(reason);
    return started;
  }

  /** `kickstart -k`: SIGKILL at once (a public report: LastExitStatus 9 afterwards), then a new run. */
  restart(reason: string): Promise<number> {
    if (this.pid === 0) return this.demand(reason);
    this.#again = true;
    const started = this.#waiters.add();
    this.kill('SIGKILL');
    return started;
  }

  /** launchctl(1), kill: the job's process itself, not its group. `false`: there is none. */
  kill(signal: NodeJS.Signals): boolean {
    return killProcess(this.pid, signal);
  }

  /** bootout. Asynchronous: it stays, draining, until the process is gone (facts/launchd.md). */
  remove(): void {
    if (this.drain) return;
    clearTimeout(this.#timer);
    this.#waiters.giveUp();
    if (this.pid === 0) this.#host.removed();
    else this.#drain.begin((signal) => this.kill(signal), this.exitTimeout * this.#host.second);
  }

  /** The machine goes down: nothing of this job acts any more. */
  abandon(): void {
    this.#abandoned = true;
    clearTimeout(this.#timer);
    this.#drain.cancel();
    this.#waiters.giveUp();
    killGroup(this.pid, 'SIGKILL');
  }

  #schedule(reason: string): void {
    const wait = this.runs === 0 ? 0 : this.#startedAt + this.throttle * this.#host.second - Date.now();
    if (wait <= 0) {
      this.#start(reason);
      return;
    }
    this.phase = 'scheduled';
    this.#timer = setTimeout(() => this.#start(reason), wait);
  }

  #start(reason: string): void {
    this.runs += 1;
    this.reason = reason;
    this.#startedAt = Date.now();
    const run = this.#host.spawn();
    if (!run) {
      this.#waiters.giveUp();
      this.#ended({ kind: 'code', code: 78, spawnFailed: true });
      return;
    }
    this.pid = run.pid;
    this.phase = 'starting';
    this.#waiters.answer(this.pid);
    void this.#follow(run);
  }

  async #follow({ executed, exited }: Spawned): Promise<void> {
    const failure = await executed;
    if (failure === undefined) this.phase = 'running';
    const { code, signal } = await exited;
    if (signal) this.#ended({ kind: 'signal', signal: numberOfExit(signal), jetsam: this.jetsamed });
    // facts/launchd.md: a spawn failure is exit 78, EX_CONFIG.
    else this.#ended({ kind: 'code', code: code ?? 0, spawnFailed: failure !== undefined });
  }

  #ended(exit: Exit): void {
    if (this.#abandoned) return;
    // launchd.plist(5), AbandonProcessGroup; SIGTERM, which can be caught: TN2083, launchd-842 job_reap(), and measured on macOS 15.
    if (!this.definition.flag('AbandonProcessGroup')) killGroup(this.pid, 'SIGTERM');
    this.lastExit = exit;
    this.crashes = exit.kind === 'signal' && isCrash(exit.signal) ? this.crashes + 1 : 0;
    this.pid = 0;
    this.phase = 'idle';
    this.jetsamed = false;
    this.#drain.cancel();
    if (this.drain) setTimeout(() => this.#host.removed(), this.#host.drainMs);
    else this.#next(exit);
  }

  #next(exit: Exit): void {
    const again = this.#again || this.#waiters.waiting;
    this.#again = false;
    if (again) this.#schedule('non-ipc demand');
    else if (this.definition.flag('LaunchOnlyOnce')) return;
    else if (shouldKeepAlive(this.definition.keepAlive, exit, this.#host)) {
      // facts/launchd.md shows `inefficient` for a run that follows one shorter than the throttle.
      const short = Date.now() - this.#startedAt < this.throttle * this.#host.second;
      this.#schedule(short ? 'inefficient' : 'semaphore');
    }
  }
}
