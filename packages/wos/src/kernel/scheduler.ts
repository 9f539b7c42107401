import { sliceMilliseconds } from './fuel.ts';
import type { Process } from './process.ts';
import { ReadyQueue } from './ready-queue.ts';
import { Real, type SharedTable, Word } from './shared-table.ts';
import type { TimerQueue } from './timers.ts';
import { weightOf } from './weights.ts';

/** Milliseconds of a slice that is looked into. */
const longSlice = 3 * sliceMilliseconds;

/**
 * Runs the processes of one kernel thread, one slice at a time. Between slices the thread's event loop turns once, so that
 * messages, timers and sockets are never kept waiting by what computes.
 *
 * A process runs in the microtasks that follow `run()`, until it calls `left()` or ends.
 */
export class Scheduler {
  /** The one that runs now. System calls are made by it. */
  current: Process | undefined;
  readonly #table: SharedTable;
  readonly #timers: TimerQueue;
  readonly #queue = new ReadyQueue<Process>();
  readonly #afterSlice: (process: Process) => void;
  #since = 0;
  #usageSince = process.threadCpuUsage();
  #scheduled = false;

  /** @param afterSlice called when a process has stopped running */
  constructor(table: SharedTable, timers: TimerQueue, afterSlice: (process: Process) => void) {
    this.#table = table;
    this.#timers = timers;
    this.#afterSlice = afterSlice;
  }

  /** It could run: now, when it is continued, or when its quota allows. */
  ready(process: Process): void {
    if (process.ended || process.queued || process.throttled) return;
    if (process.stopped) {
      process.held = true;
      return;
    }
    this.#table.setState(process.pid, 'ready');
    const now = performance.now();
    const until = process.quota?.until(now);
    if (until !== undefined) {
      process.throttled = true;
      this.#timers.at(until, () => {
        process.throttled = false;
        this.ready(process);
      });
      return;
    }
    this.#queue.add(process, now);
    this.#wake();
  }

  stop(process: Process): void {
    if (process.stopped) return;
    process.stopped = true;
    process.held = process.queued;
    this.#queue.remove(process);
    this.#table.setState(process.pid, 'stopped');
  }

  continue(process: Process): void {
    if (!process.stopped) return;
    process.stopped = false;
    this.#table.setState(process.pid, 'sleeping');
    if (process.held) this.ready(process);
    process.held = false;
  }

  /** Takes an ended process out. */
  forget(process: Process): void {
    this.#queue.remove(process);
    if (this.current === process) this.left(process, 'zombie');
  }

  /** Changes the weight of what it uses from now on. */
  renice(process: Process, priority: number): void {
    const waits = process.queued;
    if (waits) this.#queue.remove(process);
    process.priority = priority;
    this.#table.setWord(process.pid, Word.Priority, priority);
    if (waits) this.#queue.add(process, performance.now());
  }

  /** The running process has suspended itself, or ended. */
  left(process: Process, state: 'sleeping' | 'ready' | 'zombie'): void {
    if (this.current !== process) return;
    const now = performance.now();
    const took = this.#used(now - this.#since);
    this.current = undefined;
    process.cpu += took;
    process.virtualTime += took / weightOf(process.priority);
    process.quota?.spend(took, now);
    process.measure(took);
    this.#table.setReal(process.pid, Real.CpuMilliseconds, process.cpu);
    this.#table.setWord(process.pid, Word.Memory, process.memorySize | 0);
    this.#table.setWord(process.pid, Word.OpenFiles, process.descriptors.open);
    this.#table.setState(process.pid, process.stopped && state !== 'zombie' ? 'stopped' : state);
    this.#afterSlice(process);
    if (this.#queue.size > 0) this.#wake();
  }

  /**
   * CPU time of a slice that took so many milliseconds. A long one may be one in which the machine ran something else; what the
   * thread itself has used tells, which Linux counts in ticks of a few milliseconds, too coarse for the usual slice.
   */
  #used(milliseconds: number): number {
    if (milliseconds <= longSlice) return milliseconds;
    const { user, system } = process.threadCpuUsage(this.#usageSince);
    return Math.min(milliseconds, Math.max(sliceMilliseconds, (user + system) / 1000));
  }

  /** CPU time of the slice that is running. */
  inSlice(process: Process): number {
    return this.current === process ? performance.now() - this.#since : 0;
  }

  /** Whether it has had more than its slice. */
  isOver(process: Process): boolean {
    return this.inSlice(process) > sliceMilliseconds;
  }

  #wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    const now = performance.now();
    const next = this.#queue.take(now);
    if (next === undefined) return;
    this.current = next;
    this.#since = now;
    this.#usageSince = process.threadCpuUsage();
    this.#table.setState(next.pid, 'running');
    next.run();
  };
}
