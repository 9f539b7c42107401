import { PlatformError } from '@duende/core/contract';
import { Isolate, type IsolateOptions } from './isolate.ts';
import type { StoredModule } from './module-store.ts';
import type { ProcessList } from './process-list.ts';
import type { FromThread, ProcessPlan, ToThread } from './protocol.ts';
import type { SharedTable } from './shared-table.ts';
import type { Threads } from './threads.ts';

/** Where a process is: a kernel thread, or an OS process of its own. */
export interface Place {
  /** Of the thread; -1 for an OS process. */
  readonly index: number;
  readonly isUsable: boolean;
  /** The PID of its OS process, where it has one. */
  readonly osPid?: number | undefined;
  begin(module: StoredModule, plan: ProcessPlan): void;
  send(message: ToThread): void;
  /** A process is entered there, or is gone. */
  entered(): void;
  left(): void;
}

/** Milliseconds for which a count of busy processes is good. */
const sampleAge = 50;

class ThreadPlace implements Place {
  readonly index: number;
  readonly #threads: Threads;
  /** Modules that it has. */
  readonly modules = new Set<number>();

  constructor(index: number, threads: Threads) {
    this.index = index;
    this.#threads = threads;
  }

  get isUsable(): boolean {
    return this.#threads.isUsable(this.index);
  }

  begin({ id, module }: StoredModule, plan: ProcessPlan): void {
    if (!this.modules.has(id) && module !== undefined) {
      this.modules.add(id);
      this.send({ type: 'module', id, module });
    }
    this.send({ type: 'spawn', plan });
  }

  send(message: ToThread): void {
    this.#threads.send(this.index, message);
  }

  entered(): void {
    this.#threads.added(this.index);
  }

  left(): void {
    this.#threads.removed(this.index);
  }
}

const refused = (why: string) =>
  new PlatformError('SpawnFailed', why, { reason: 'unavailable', platform: 'wos', operation: 'spawn' });

/** All places of a kernel. */
export class Places {
  readonly #table: SharedTable;
  readonly #list: ProcessList;
  readonly #threads: Threads;
  readonly #receive: (message: Exclude<FromThread, { type: 'online' }>) => void;
  readonly #moduleCache: string | undefined;
  readonly #byThread: ThreadPlace[] = [];
  readonly #isolates = new Set<Isolate>();
  #isClosed = false;
  /** Processes for which threads are waited for. */
  #coming = 0;
  #busy: number[] = [];
  #sampledAt = Number.NEGATIVE_INFINITY;

  constructor(
    table: SharedTable,
    list: ProcessList,
    threads: Threads,
    moduleCache: string | undefined,
    receive: (message: Exclude<FromThread, { type: 'online' }>) => void,
  ) {
    this.#table = table;
    this.#list = list;
    this.#threads = threads;
    this.#moduleCache = moduleCache;
    this.#receive = receive;
  }

  /** Resolves when there are threads for one more process. @throws PlatformError SpawnFailed / unavailable */
  async provide(): Promise<void> {
    this.#coming++;
    try {
      await this.#threads.provide(this.#list.size + this.#coming);
    } catch (error) {
      throw refused((error as Error).message);
    } finally {
      this.#coming--;
    }
  }

  /** The thread with the least to do. Counting looks at all processes: not for each of many spawns. */
  least(): Place {
    const now = performance.now();
    if (this.#threads.count > 1 && now - this.#sampledAt > sampleAge) {
      this.#sampledAt = now;
      this.#busy = [];
      for (const { pid, place } of this.#list.all()) {
        const state = this.#table.state(pid);
        if (place.index >= 0 && (state === 'ready' || state === 'running'))
          this.#busy[place.index] = (this.#busy[place.index] ?? 0) + 1;
      }
    }
    const index = this.#threads.leastLoaded(this.#busy);
    const place = this.#byThread[index] ?? new ThreadPlace(index, this.#threads);
    this.#byThread[index] = place;
    return place;
  }

  /** An OS process that is made for one process. */
  /** @throws PlatformError SpawnFailed / unavailable: the kernel was shut down meanwhile */
  isolated(options: Pick<IsolateOptions, 'kind' | 'memoryMax' | 'parent'>): Place {
    if (this.#isClosed) throw refused('The kernel is shut down');
    const isolate = new Isolate(
      { ...options, moduleCache: this.#moduleCache, table: this.#table },
      this.#receive,
      () => this.#isolates.delete(isolate),
    );
    this.#isolates.add(isolate);
    return isolate;
  }

  /** A module is not kept any more. */
  forget(id: number): void {
    for (const place of this.#byThread) place?.modules.delete(id);
    this.#threads.sendAll({ type: 'forget-module', id });
  }

  /** A thread was replaced: it knows nothing. */
  lost(index: number): void {
    this.#byThread[index]?.modules.clear();
  }

  /** Ends the OS processes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(Array.from(this.#isolates, (isolate) => isolate.close()));
  }
}
