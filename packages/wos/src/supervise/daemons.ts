import type { DaemonSettings } from '../protocol/daemon-settings.ts';
import { wosError } from '../protocol/errors.ts';
import { Daemon } from './daemon.ts';
import { isReserved, isThere, notFound, orFail, stillRuns } from './daemon-errors.ts';
import { Journal } from './journal.ts';
import { type DaemonRecord, newRecord } from './record.ts';
import type { RunHost } from './run-host.ts';
import { startDaemon } from './start-daemon.ts';
import type { DaemonStore } from './store.ts';
import type { Tracing } from './trace.ts';

export interface DaemonKey {
  readonly name: string;
  readonly instance: string;
}

/** What a restart on request makes of a daemon. */
export interface NextInstance {
  readonly instance: string;
  /** Instead of the one that was kept. */
  readonly run: DaemonSettings['run'] | undefined;
  /** Of the stop, in milliseconds. */
  readonly timeout: number | undefined;
}

/** The daemons of a state folder, by name. Those of former kernels go on where they were. */
export class Daemons {
  /** One line for each folder that cannot be read. */
  readonly problems: readonly string[];
  readonly #host: RunHost;
  readonly #store: DaemonStore;
  readonly #byName = new Map<string, Daemon>();
  /** Names of those that are being started. */
  readonly #reserved = new Set<string>();
  #isClosed = false;

  constructor(host: RunHost, store: DaemonStore, { stored, problems }: ReturnType<DaemonStore['read']>) {
    this.#host = host;
    this.#store = store;
    this.problems = problems;
    for (const { home, record } of stored) this.#byName.set(record.name, this.#make(home, record, true));
  }

  #make(home: string, record: DaemonRecord, isKept: boolean): Daemon {
    const note = (text: string) => this.#host.note(text);
    return new Daemon(this.#host, new Journal(this.#store, home, record, isKept, note));
  }

  /** Those that ran when their kernel was killed are restarted, or have ended, by their policy; those that waited wait on. */
  resume(): void {
    for (const daemon of this.#byName.values()) if (!daemon.hasEnded) daemon.resume();
  }

  /** Whether there is one that has not ended: between two runs it has no process. */
  get isBusy(): boolean {
    return this.#reserved.size > 0 || [...this.#byName.values()].some(({ hasEnded }) => !hasEnded);
  }

  /** By first PID: in the order in which they were spawned. */
  get all(): Daemon[] {
    return [...this.#byName.values()].sort((one, other) => one.record.firstPid - other.record.firstPid);
  }

  find(name: string): Daemon | undefined {
    return this.#byName.get(name);
  }

  /** @throws PlatformError not-found in this code */
  get({ name, instance }: DaemonKey, code: Parameters<typeof notFound>[0], operation: string): Daemon {
    const daemon = this.#byName.get(name);
    if (daemon?.record.instance === instance) return daemon;
    throw notFound(code, name, daemon === undefined, operation);
  }

  /** @throws PlatformError Config, SpawnFailed; nothing is left of it then, and one of its name that has ended is there as before */
  async spawn(
    { name, instance }: DaemonKey,
    settings: DaemonSettings,
    abandoned: AbortSignal,
  ): Promise<Daemon> {
    const former = this.#byName.get(name);
    if (former?.hasEnded === false) throw isThere(name);
    return await this.#reserve(name, async () => {
      const home = orFail('spawn', `The folder of ${name} cannot be made`, () => this.#store.make(settings));
      try {
        const daemon = await this.#start({ name, instance }, home, settings, abandoned);
        if (former) this.#forget(former);
        return daemon;
      } catch (error) {
        this.#store.remove(home);
        throw error;
      }
    });
  }

  /**
   * What is to run is looked at before anything is stopped.
   * @throws as `spawn()`; StatusFailed / not-found
   */
  async restart(
    key: DaemonKey,
    { instance, run, timeout }: NextInstance,
    abandoned: AbortSignal,
  ): Promise<Daemon> {
    const former = this.get(key, 'StatusFailed', 'restart');
    const { journal } = former;
    const settings = orFail('restart', `The settings of ${key.name} cannot be read`, () =>
      journal.readSettings(),
    );
    await this.#host.prepare(run ?? settings.run);
    if (run) orFail('restart', `The settings of ${key.name} cannot be kept`, () => journal.changeRun(run));
    const { tracing } = former;
    tracing?.restartBegins();
    try {
      await former.stop(timeout);
      // It may have been removed or replaced meanwhile.
      this.get(key, 'SpawnFailed', 'restart');
      const nextKey = { name: key.name, instance };
      const next = { ...settings, ...(run && { run }) };
      const started = await this.#reserve(key.name, () =>
        this.#start(nextKey, journal.home, next, abandoned, tracing),
      );
      const { pid } = former.record;
      if (pid !== undefined) this.#host.discard(pid);
      return started;
    } finally {
      tracing?.restartIsOver();
    }
  }

  async #reserve<Result>(name: string, act: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw wosError('SpawnFailed', 'unavailable', 'The kernel is being shut down');
    if (this.#reserved.has(name)) throw isThere(name);
    this.#reserved.add(name);
    try {
      return await act();
    } finally {
      this.#reserved.delete(name);
      this.#host.changed();
    }
  }

  /** Others see it when its process is there. */
  async #start(
    key: DaemonKey,
    home: string,
    settings: DaemonSettings,
    abandoned: AbortSignal,
    tracing?: Tracing,
  ): Promise<Daemon> {
    const { name, instance } = key;
    const former = this.#byName.get(name);
    const daemon = this.#make(home, newRecord(name, instance, Date.now()), false);
    try {
      tracing?.follow(daemon);
      await startDaemon(daemon, settings, () => this.#byName.set(name, daemon), abandoned);
      return daemon;
    } catch (error) {
      if (former) this.#byName.set(name, former);
      else this.#byName.delete(name);
      throw error;
    }
  }

  /** @returns false when there is none of this name and instance. @throws PlatformError StatusFailed / engine-error: it runs */
  async remove({ name, instance }: DaemonKey, force: boolean): Promise<boolean> {
    const daemon = this.#byName.get(name);
    if (daemon?.record.instance !== instance) return false;
    if (!daemon.hasEnded && !force) throw stillRuns(name);
    await daemon.stop(0);
    // A spawn that was under way takes itself back; one that takes its place removes it.
    if (this.#byName.get(name) !== daemon) return true;
    if (this.#reserved.has(name)) throw isReserved(name);
    this.#byName.delete(name);
    this.#forget(daemon);
    return true;
  }

  #forget(daemon: Daemon): void {
    const { pid } = daemon.record;
    if (pid !== undefined) this.#host.discard(pid);
    this.#store.remove(daemon.journal.home);
  }

  /** Stops all of them for good. @param timeout milliseconds for those that may take longer */
  async close(timeout: number): Promise<void> {
    this.#isClosed = true;
    const live = this.all.filter(({ hasEnded }) => !hasEnded);
    await Promise.all(
      live.map((daemon) => daemon.stop(Math.min(timeout, daemon.journal.settings.stopTimeout))),
    );
  }
}
