import { MessageChannel, type Worker } from 'node:worker_threads';
import { startWorker, takeFirstThread } from './first-thread.ts';
import type { FromThread, ThreadData, ToThread } from './protocol.ts';
import type { SharedTable } from './shared-table.ts';

export interface ThreadEvents {
  message(message: Exclude<FromThread, { type: 'online' }>): void;
  /** A thread is gone, with all its processes; another has taken its place. */
  lost(index: number, why: string): void;
}

/** Busy processes count for many that sleep. */
const busyWeight = 16;

/** The worker threads of a kernel. The first one is started with it, the others when there are processes for them. */
export class Threads {
  readonly #table: SharedTable;
  readonly #events: ThreadEvents;
  readonly #workers: Worker[] = [];
  /** Processes on each. */
  readonly #counts: number[] = [];
  #closing = false;
  readonly #limit: number;
  #growing: Promise<void> | undefined;

  /** @param limit threads that there may be */
  constructor(table: SharedTable, limit: number, events: ThreadEvents) {
    this.#table = table;
    this.#limit = limit;
    this.#events = events;
  }

  /** Resolves when there are as many as so many processes can use. @throws Error when the only one does not start */
  async provide(processes: number): Promise<void> {
    while (this.#growing !== undefined || this.#workers.length < Math.min(processes, this.#limit)) {
      this.#growing ??= this.#grow();
      await this.#growing;
    }
  }

  async #grow(): Promise<void> {
    const index = this.#workers.length;
    try {
      await this.#start(index);
      for (let other = 0; other < index; other++) this.#connect(index, other);
    } catch (error) {
      // Others take its processes, if there are any.
      this.#counts[index] = Number.POSITIVE_INFINITY;
      if (index === 0) throw error;
    } finally {
      this.#growing = undefined;
    }
  }

  #start(index: number): Promise<void> {
    const data: ThreadData = { index, table: this.#table.buffer, size: this.#table.size };
    const worker = (index === 0 ? takeFirstThread() : undefined) ?? startWorker(index);
    worker.postMessage(data);
    this.#workers[index] = worker;
    this.#counts[index] = 0;
    return new Promise((resolve, reject) => {
      let why = 'it ended';
      let online = false;
      worker.on('message', (message: FromThread) => {
        if (message.type !== 'online') return this.#events.message(message);
        online = true;
        resolve();
      });
      worker.on('error', (error) => {
        why = (error as Error).message;
      });
      worker.on('exit', () => {
        reject(new Error(`A kernel thread did not start: ${why}`));
        if (online && !this.#closing) this.#replace(index, why);
      });
    });
  }

  /** Messages between processes do not pass through the main thread. */
  #connect(one: number, other: number): void {
    const { port1, port2 } = new MessageChannel();
    this.#workers[one]?.postMessage({ type: 'peer', thread: other, port: port1 } satisfies ToThread, [port1]);
    this.#workers[other]?.postMessage({ type: 'peer', thread: one, port: port2 } satisfies ToThread, [port2]);
  }

  #replace(index: number, why: string): void {
    this.#start(index).catch((error: Error) => {
      // It takes no processes any more, and those that it was given meanwhile are gone.
      this.#counts[index] = Number.POSITIVE_INFINITY;
      if (!this.#closing) this.#events.lost(index, error.message);
    });
    for (let other = 0; other < this.#workers.length; other++)
      if (other !== index) this.#connect(index, other);
    this.#events.lost(index, why);
  }

  get count(): number {
    return this.#workers.length;
  }

  /** The thread with the least to do. @param busy how many processes compute on each */
  leastLoaded(busy: readonly number[]): number {
    let best = 0;
    const load = (index: number) => (this.#counts[index] ?? 0) + busyWeight * (busy[index] ?? 0);
    for (let index = 1; index < this.#workers.length; index++) if (load(index) < load(best)) best = index;
    return best;
  }

  /** Whether it runs, or will. */
  isUsable(index: number): boolean {
    return Number.isFinite(this.#counts[index]);
  }

  added(index: number): void {
    (this.#counts[index] as number)++;
  }

  removed(index: number): void {
    (this.#counts[index] as number)--;
  }

  send(index: number, message: ToThread): void {
    this.#workers[index]?.postMessage(message);
  }

  sendAll(message: ToThread): void {
    for (const worker of this.#workers) worker.postMessage(message);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
