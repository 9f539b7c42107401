import type { ProcessExit } from './exit.ts';
import type { Outputs } from './outputs.ts';
import type { Process } from './process.ts';
import type { FromThread } from './protocol.ts';
import type { InputStream } from './streams.ts';
import type { TimerQueue } from './timers.ts';
import type { TraceEvent } from './trace.ts';

/** A process with what belongs to it on its thread. */
export interface Entry {
  readonly process: Process;
  /** The process of the host's from which it descends. */
  readonly root: number;
  readonly outputs: Outputs;
  readonly input: InputStream | undefined;
}

/** Milliseconds after which a log on a full disk is tried again. */
const retryAfter = 200;
/** Traced calls that are reported at once. */
const traceBatch = 256;

/** What a thread tells of its processes: output, traces, and their end, which comes last. */
export class Reporter {
  readonly #post: (message: FromThread) => void;
  readonly #timers: TimerQueue;
  /** Those whose log is tried again. */
  readonly #retrying = new Set<Entry>();
  #traced: TraceEvent[] = [];

  constructor(post: (message: FromThread) => void, timers: TimerQueue) {
    this.#post = post;
    this.#timers = timers;
  }

  afterSlice(entry: Entry | undefined): void {
    if (entry?.outputs.isDirty) this.#flush(entry);
    if (this.#traced.length > 0) this.#sendTrace();
  }

  #flush(entry: Entry): void {
    const flushed = entry.outputs.flush();
    const change = entry.outputs.takeChange();
    const { pid, ended } = entry.process;
    if (change !== undefined)
      this.#post({ type: 'log-blocked', pid, why: change === '' ? undefined : change });
    if (flushed || ended || this.#retrying.has(entry)) return;
    this.#retrying.add(entry);
    this.#timers.at(performance.now() + retryAfter, () => {
      this.#retrying.delete(entry);
      if (!entry.process.ended) this.#flush(entry);
    });
  }

  trace(event: TraceEvent): void {
    this.#traced.push(event);
    if (this.#traced.length >= traceBatch) this.#sendTrace();
  }

  #sendTrace(): void {
    const traced = this.#traced;
    this.#traced = [];
    for (const [pid, events] of Map.groupBy(traced, (event) => event.pid))
      this.#post({ type: 'traced', pid, events });
  }

  /** The end is told when the last byte is in the log: on a full disk, later. */
  ended(entry: Entry, exit: ProcessExit, memory: number, told: () => void): void {
    this.#flush(entry);
    if (entry.outputs.isDirty) {
      this.#timers.at(performance.now() + retryAfter, () => this.ended(entry, exit, memory, told));
      return;
    }
    entry.outputs.close();
    if (this.#traced.length > 0) this.#sendTrace();
    told();
    this.#post({ type: 'ended', pid: entry.process.pid, exit, memory });
  }
}
