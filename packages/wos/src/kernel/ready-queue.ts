import { weightOf } from './weights.ts';

/** What the queue needs to know of a process. */
export interface Schedulable {
  priority: number;
  /** CPU time in milliseconds divided by its weight: whoever has the least is next. */
  virtualTime: number;
  /** Since when it has been waiting, performance.now(). */
  readySince: number;
  queued: boolean;
}

/** Milliseconds after which a process that waits is served out of turn: at most every second slice goes to such ones. */
export const agingLimit = 500;

/** Milliseconds of CPU at normal weight by which one that slept may be ahead of those that computed meanwhile. */
const wakeupBonus = 4;

/**
 * Processes that could run. One level is a queue in the order of arrival; among levels the least virtual time decides, which
 * gives each process the share of its weight. Virtual time alone lets an idle process wait as long as there are many others;
 * aging bounds that: the one that has waited longest goes first once it has waited for the limit.
 */
export class ReadyQueue<T extends Schedulable> {
  #heap: T[] = [];
  #least = 0;
  /** In the order of arrival; may hold ones that have left, or came again. */
  #arrivals: { process: T; since: number }[] = [];
  #first = 0;
  #served = false;

  get size(): number {
    return this.#heap.length;
  }

  add(process: T, now: number): void {
    if (process.queued) return;
    process.queued = true;
    process.readySince = now;
    process.virtualTime = Math.max(
      process.virtualTime,
      this.#least - wakeupBonus / weightOf(process.priority),
    );
    this.#push(process);
    this.#arrivals.push({ process, since: now });
  }

  /** Takes it out, wherever it stands. */
  remove(process: T): void {
    if (!process.queued) return;
    process.queued = false;
    const at = this.#heap.indexOf(process);
    this.#removeAt(at);
  }

  /** The next to run. */
  take(now: number): T | undefined {
    const aged = this.#served ? undefined : this.#oldest(now);
    this.#served = aged !== undefined;
    const next = aged ?? this.#heap[0];
    if (next === undefined) return undefined;
    if (aged === undefined) this.#least = Math.max(this.#least, next.virtualTime);
    this.remove(next);
    return next;
  }

  #oldest(now: number): T | undefined {
    for (; this.#first < this.#arrivals.length; this.#first++) {
      const { process, since } = this.#arrivals[this.#first] as { process: T; since: number };
      if (!process.queued || process.readySince !== since) continue;
      if (this.#first > 1024) {
        this.#arrivals = this.#arrivals.slice(this.#first);
        this.#first = 0;
      }
      return now - since >= agingLimit ? process : undefined;
    }
    this.#arrivals = [];
    this.#first = 0;
    return undefined;
  }

  #before(one: T, other: T): boolean {
    if (one.virtualTime !== other.virtualTime) return one.virtualTime < other.virtualTime;
    return one.readySince < other.readySince;
  }

  #push(process: T): void {
    this.#heap.push(process);
    this.#up(this.#heap.length - 1);
  }

  #removeAt(at: number): void {
    const last = this.#heap.pop() as T;
    if (at === this.#heap.length) return;
    this.#heap[at] = last;
    this.#up(at);
    this.#down(at);
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #down(from: number): void {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#heap.length) return;
      const [left, right] = [this.#heap[child] as T, this.#heap[child + 1]];
      if (right && this.#before(right, left)) child++;
      if (!this.#swapIfBefore(child, at)) return;
      at = child;
    }
  }

  #swapIfBefore(at: number, other: number): boolean {
    const [one, two] = [this.#heap[at] as T, this.#heap[other] as T];
    if (!this.#before(one, two)) return false;
    this.#heap[at] = two;
    this.#heap[other] = one;
    return true;
  }
}
