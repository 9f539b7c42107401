import { availableParallelism } from 'node:os';
import { PlatformError, type Signal } from '@duende/core/contract';
import { check } from './check.ts';
import { checkSpawn } from './check-spawn.ts';
import { Children } from './children.ts';
import { endAll } from './end-all.ts';
import { Events } from './events.ts';
import type { ProcessExit } from './exit.ts';
import { hasJspi } from './jspi.ts';
import { failure, Lookup } from './lookup.ts';
import { reserveMail } from './mailbox.ts';
import { type LoadedModule, type ModuleKind, ModuleStore } from './module-store.ts';
import { type BootOptions, bootSchema, type SpawnOptions } from './options.ts';
import { Places } from './places.ts';
import { type ProcessInfo, type ProcessRecord, type ProcessStats, readStats } from './process-info.ts';
import { ProcessList } from './process-list.ts';
import { sendSignal } from './send-signal.ts';
import { SharedTable } from './shared-table.ts';
import { Spawner } from './spawner.ts';
import { Threads } from './threads.ts';
import type { TraceEvent } from './trace.ts';
import { lowestPriority } from './weights.ts';

/** A kernel in this Node process: WASI processes on worker threads. Nothing of it outlives `shutdown()`. */
export class Kernel {
  readonly #table: SharedTable;
  readonly #list: ProcessList;
  readonly #threads: Threads;
  readonly #modules: ModuleStore;
  readonly #places: Places;
  readonly #spawner: Spawner;
  readonly #events: Events;
  readonly #lookup: Lookup;
  #closed = false;
  #nextQuestion = 1;

  private constructor(options: BootOptions) {
    const checked = check(bootSchema, options, 'boot');
    const { processLimit, history, moduleCache, firstPid, threads = availableParallelism() } = checked;
    this.#table = new SharedTable(processLimit + 2);
    this.#list = new ProcessList(this.#table, { limit: processLimit, history, firstPid });
    this.#lookup = new Lookup(this.#list);
    this.#threads = new Threads(this.#table, threads, {
      message: (message) => this.#events.receive(message),
      lost: (index, why) => this.#events.lost(index, why),
    });
    this.#places = new Places(this.#table, this.#list, this.#threads, moduleCache, (message) =>
      this.#events.receive(message),
    );
    this.#modules = new ModuleStore(
      moduleCache,
      () => this.#list.size === 0,
      (id) => this.#places.forget(id),
    );
    const spawner = new Spawner(this.#table, this.#list, this.#places, this.#modules);
    this.#spawner = spawner;
    const children = new Children(this.#table, this.#list, spawner);
    this.#events = new Events(this.#list, this.#places, spawner, children);
  }

  /** @throws PlatformError Config / invalid-setting, NotSupported / unavailable where Node has no JSPI */
  static async boot(options: BootOptions = {}): Promise<Kernel> {
    if (!hasJspi()) {
      throw new PlatformError('NotSupported', 'This Node cannot suspend WebAssembly (JSPI)', {
        reason: 'unavailable',
        platform: 'wos',
        operation: 'boot',
        hint: 'Use Node 24 or later',
      });
    }
    const kernel = new Kernel(options);
    // The first process waits for it, and is told when it fails; a module can be read meanwhile.
    kernel.#threads.provide(1).catch(() => {});
    return kernel;
  }

  /** Reads, rewrites and compiles a module, so that spawning it is quick. @throws PlatformError SpawnFailed */
  async load(
    module: string | Uint8Array,
    options: { memoryMax?: number; kind?: ModuleKind } = {},
  ): Promise<LoadedModule> {
    const { memoryMax = 256 * 1024 * 1024, kind } = options;
    const { id, hash } = await this.#modules.get(module, memoryMax, kind);
    return { id, hash };
  }

  /**
   * Starts a process and resolves with its PID once it is there. It may have ended by then.
   * @throws PlatformError Config / invalid-setting, SpawnFailed: not-found, exec-failed, unavailable (process limit)
   */
  async spawn(options: SpawnOptions): Promise<number> {
    if (this.#closed)
      throw new PlatformError('SpawnFailed', 'The kernel is shut down', {
        reason: 'unavailable',
        platform: 'wos',
      });
    return this.#spawner.spawn(checkSpawn(options));
  }

  /** @throws PlatformError SignalFailed: not-found, not-running (it has ended), permission-denied (init) */
  signal(pid: number, signal: Signal): void {
    sendSignal(this.#lookup.running(pid, 'signal'), signal);
  }

  /**
   * All that a process has started, that these have started, and so on, also where those between have ended: PIDs, zombies
   * not included. Of one that has ended itself: what is left of it, if it was spawned here and not by another process.
   */
  descendants(pid: number): number[] {
    return this.#list
      .descendants(pid)
      .filter(({ exit }) => exit === undefined)
      .map((record) => record.pid);
  }

  /**
   * To a process and its descendants, also to what they start meanwhile (KILL, STOP). A process that has ended counts for
   * what it has left. @returns how many got it
   */
  signalTree(pid: number, signal: Signal): number {
    const own = this.#list.live(pid);
    const all = [...(own ? [own] : []), ...this.#list.descendants(pid)].filter(({ exit }) => !exit);
    for (const record of all) sendSignal(record, signal, true);
    return all.length;
  }

  /** @param priority 0 critical to 7 idle. @throws as `signal()` */
  renice(pid: number, priority: number): void {
    if (!Number.isInteger(priority) || priority < 0 || priority > lowestPriority) {
      throw new PlatformError(
        'Config',
        `priority: expected 0 (critical) to ${lowestPriority} (idle), got ${priority}`,
        {
          reason: 'invalid-setting',
          platform: 'wos',
          field: 'priority',
        },
      );
    }
    this.#lookup.running(pid, 'renice').place.send({ type: 'renice', pid, priority });
  }

  /** Resolves with how it ended, also when it has ended already. @throws PlatformError StatusFailed / not-found */
  async wait(pid: number): Promise<ProcessExit> {
    const record = this.#lookup.known(pid, 'wait');
    return record.exit ?? new Promise((resolve) => record.waiters.push(resolve));
  }

  /** Takes a zombie out of the table; one below init goes by itself. @returns false when it is none */
  reap(pid: number): boolean {
    return this.#list.reap(pid);
  }

  /** All in the table, init not included. */
  list(): ProcessInfo[] {
    return Array.from(this.#list.all(), (record) => this.#list.describe(record));
  }

  /** @throws PlatformError StatusFailed / not-found */
  status(pid: number): ProcessInfo {
    return this.#list.describe(this.#lookup.known(pid, 'status'));
  }

  /** As of its last slice; of an ended process, as of its end. @throws PlatformError StatusFailed / not-found */
  stats(pid: number): ProcessStats {
    return readStats(this.#table, this.#lookup.known(pid, 'stats'));
  }

  /**
   * What the `health` of a script says: the body of a health probe; `undefined` when it has none, or has ended meanwhile.
   * Waits as long as the script takes. @throws as `signal()`
   */
  async health(pid: number): Promise<unknown> {
    const record = this.#lookup.running(pid, 'health');
    if (!record.isScript) return undefined;
    const id = this.#nextQuestion++;
    const answer = new Promise<unknown>((resolve) => record.questions.set(id, resolve));
    record.place.send({ type: 'ask-health', pid, id });
    return (await answer) ?? undefined;
  }

  /** Puts a message into its mailbox; sender 0. @throws as `signal()` */
  send(pid: number, bytes: Uint8Array): 'sent' | 'full' | 'too-big' {
    const { place } = this.#lookup.running(pid, 'send');
    const reserved = reserveMail(this.#table, pid, bytes.length);
    if (reserved === 'gone')
      throw failure('SignalFailed', 'not-running', 'send', `The process ${pid} has ended`);
    if (reserved !== 'ok') return reserved;
    place.send({ type: 'mail', pid, from: 0, bytes });
    return 'sent';
  }

  /** Writes to a standard input that is the host's; `undefined` ends it. Resolves when the process has read it, or has ended. */
  async write(pid: number, bytes: Uint8Array | undefined): Promise<void> {
    const record = this.#lookup.running(pid, 'write');
    record.place.send({ type: 'input', pid, bytes });
    const left = bytes?.length ?? 0;
    if (left > 0) await new Promise<void>((done) => record.input.push({ done, left }));
  }

  /**
   * Reports each system call, until the function that it returns is called. One tracer at a time. Costs nothing when off.
   * @param family also what it starts from now on, from the first call of each; `untrace()` ends all of that
   * @throws PlatformError SignalFailed as `signal()`; TracerFailed / permission-denied: it is traced already
   */
  trace(
    pid: number,
    sink: (events: readonly TraceEvent[]) => void,
    { family = false }: { family?: boolean } = {},
  ): () => void {
    const record = this.#lookup.running(pid, 'trace');
    if (record.trace)
      throw failure('TracerFailed', 'permission-denied', 'trace', `The process ${pid} is traced already`);
    record.trace = sink;
    record.tracesFamily = family;
    record.place.send({ type: 'trace', pid, on: true });
    return () => {
      if (record.trace === sink) endTrace(record);
    };
  }

  /** Ends all that is reported to this function. */
  untrace(sink: (events: readonly TraceEvent[]) => void): void {
    for (const record of this.#list.all()) if (record.trace === sink) endTrace(record);
  }

  /** Ends all processes, with TERM and, after the timeout, with KILL, and then the kernel. @param timeout milliseconds */
  async shutdown({ timeout = 5000 }: { timeout?: number } = {}): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await endAll(this.#list, timeout);
    await Promise.all([this.#threads.close(), this.#places.close(), this.#modules.close()]);
  }
}

function endTrace(record: ProcessRecord): void {
  record.trace = undefined;
  record.tracesFamily = false;
  record.place.send({ type: 'trace', pid: record.pid, on: false });
}
