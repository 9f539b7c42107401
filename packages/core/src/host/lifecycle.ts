import type { Signal } from '../signal.ts';
import { validateConfig } from './config.ts';
import { type AnyDefinition, createContext, type HostContext } from './context.ts';
import { createHealthCheck, type HealthAnswer } from './health.ts';
import { HostError, hostExit } from './host-error.ts';
import { createReloader, type Reloader } from './reload.ts';
import type { HostRuntime } from './runtime.ts';
import { toError } from './serialise.ts';
import { SignalFeed } from './signals.ts';
import { createStop, isAbort, type StopControl } from './stop.ts';
import { startWatchdog } from './watchdog.ts';

type Phase = 'loading' | 'init' | 'run' | 'shutdown';

/**
 * One life of a daemon: load, init, ready, run, shutdown. Resolves with the exit code and never rejects: 0 when `run`
 * has ended by itself or by TERM or INT, 78 when the settings are wrong, 1 for every other failure.
 */
export async function runLifecycle(
  load: () => AnyDefinition | Promise<AnyDefinition>,
  runtime: HostRuntime,
): Promise<number> {
  return await new Lifecycle(load, runtime).live();
}

class Lifecycle {
  readonly #load: () => AnyDefinition | Promise<AnyDefinition>;
  readonly #runtime: HostRuntime;
  readonly #feed = new SignalFeed();
  readonly #stop: StopControl;
  #phase: Phase = 'loading';
  #reloader: Reloader | undefined;
  #checkHealth: (() => Promise<HealthAnswer>) | undefined;
  #endHealth: (() => Promise<void>) | undefined;
  #endWatchdog: (() => void) | undefined;
  /** HUP came before there was anything to reload. */
  #hangupWaits = false;

  constructor(load: () => AnyDefinition | Promise<AnyDefinition>, runtime: HostRuntime) {
    this.#load = load;
    this.#runtime = runtime;
    this.#stop = createStop(runtime, () => this.#phase);
  }

  async live(): Promise<number> {
    const fault = Promise.withResolvers<number>();
    const unsubscribe = this.#runtime.signals.subscribe((signal) => this.#take(signal));
    const unwatch = this.#runtime.onUncaught?.((thrown) => {
      if (isAbort(thrown, this.#stop.signal)) return;
      this.#report('Uncaught error', thrown);
      fault.resolve(hostExit.failed);
    });
    try {
      return await Promise.race([this.#phases(), this.#stop.overdue, fault.promise]);
    } catch (thrown) {
      this.#report(`${this.#phase} failed`, thrown);
      return thrown instanceof HostError ? thrown.exitCode : hostExit.failed;
    } finally {
      this.#stop.dispose();
      this.#feed.close();
      unsubscribe();
      unwatch?.();
      this.#endWatchdog?.();
      await this.#endHealth?.();
    }
  }

  async #phases(): Promise<number> {
    // Nothing is open yet: a stop need not wait for a module that takes its time.
    const definition = await Promise.race([this.#load(), this.#stop.asked]);
    if (!definition || this.#stop.signal.aborted) return hostExit.done;
    const input = await this.#runtime.readConfig();
    const config = await validateConfig(this.#runtime.name, definition.config, input);
    const host = createContext<unknown>(this.#runtime, config, this.#stop.signal, this.#feed, () =>
      this.#watch(),
    );
    this.#reloader = createReloader(definition, host, this.#runtime, input, () => this.#feed.push('HUP'));
    this.#checkHealth = this.#createHealthCheck(definition, host);
    this.#endHealth = this.#checkHealth && (await this.#runtime.serveHealth?.(this.#checkHealth));
    return await this.#initAndRun(definition, host);
  }

  async #initAndRun(definition: AnyDefinition, host: HostContext<unknown>): Promise<number> {
    const { ctx } = host;
    this.#phase = 'init';
    // Without init there is nothing that shutdown could undo.
    if (!(await this.#attempt(() => definition.init?.(ctx)))) return hostExit.failed;
    let good = true;
    if (!this.#stop.signal.aborted) {
      this.#phase = 'run';
      if (!definition.manualReady) ctx.ready();
      this.#reloader?.start();
      if (this.#hangupWaits) this.#reloader?.request();
      good = await this.#attempt(() => definition.run(ctx));
      this.#end(good ? 'run has ended' : 'run has failed');
    }
    await this.#reloader?.end();
    this.#phase = 'shutdown';
    good = (await this.#attempt(() => definition.shutdown?.(ctx))) && good;
    return good ? hostExit.done : hostExit.failed;
  }

  async #attempt(work: () => unknown): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (thrown) {
      if (isAbort(thrown, this.#stop.signal)) return true;
      this.#report(`${this.#phase} failed`, thrown);
      return false;
    }
  }

  #createHealthCheck(definition: AnyDefinition, { ctx }: HostContext<unknown>) {
    if (!definition.health) return undefined;
    const state = (): HealthAnswer['state'] => {
      if (this.#stop.signal.aborted) return 'stopping';
      return this.#phase === 'run' ? 'running' : 'starting';
    };
    return createHealthCheck(definition, ctx, this.#runtime, state);
  }

  /** The daemon is ready: from now on the platform may expect signs of life. */
  #watch(): void {
    const timeout = this.#runtime.watchdogTimeout;
    if (timeout !== undefined) this.#endWatchdog = startWatchdog(this.#runtime, timeout, this.#checkHealth);
  }

  #take(signal: Signal): void {
    if (signal === 'TERM' || signal === 'INT') {
      this.#end(signal);
    } else if (signal === 'HUP') {
      if (this.#reloader) this.#reloader.request();
      else this.#hangupWaits = true;
    } else if (signal === 'QUIT' && !this.#feed.listened && this.#runtime.quit) {
      this.#runtime.quit();
    } else {
      this.#feed.push(signal);
    }
  }

  #end(why: string): void {
    if (this.#stop.ask(why)) this.#feed.close();
    else if (why === 'TERM' || why === 'INT') this.#runtime.log.info(`${why} ignored: already stopping`);
  }

  #report(what: string, thrown: unknown): void {
    const error = toError(thrown);
    if (error instanceof HostError) this.#runtime.log.error(error.message);
    else this.#runtime.log.error(`${what}: ${error.message}`, { error });
  }
}
