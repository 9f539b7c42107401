import { uncaught } from './uncaught.ts';

interface Timer {
  readonly id: number;
  readonly callback: () => void;
  due: number;
  /** Milliseconds between two calls; `undefined` for one call. */
  readonly every: number | undefined;
}

/** Node's longest delay; more is 1 ms there. */
const longest = 2 ** 31 - 1;

const timers = new Map<number, Timer>();
const immediates = new Map<number, () => void>();
let next = 1;

/** What `setTimeout` returns: a number to whoever wants one, with the methods of Node's. */
export class TimerHandle {
  readonly #id: number;
  constructor(id: number) {
    this.#id = id;
  }
  /** A daemon ends when `run` does: timers never keep it. */
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return timers.has(this.#id);
  }
  refresh(): this {
    const timer = timers.get(this.#id);
    if (timer) timer.due = performance.now() + (timer.every ?? 1);
    return this;
  }
  close(): this {
    clear(this);
    return this;
  }
  [Symbol.toPrimitive](): number {
    return this.#id;
  }
  [Symbol.dispose](): void {
    clear(this);
  }
}

function delayOf(value: unknown): number {
  const delay = Number(value);
  return delay >= 1 && delay <= longest ? delay : 1;
}

function checked(callback: unknown): (...values: unknown[]) => void {
  if (typeof callback === 'function') return callback as () => void;
  throw new TypeError(`The "callback" argument must be of type function. Received ${typeof callback}`);
}

function add(callback: unknown, delay: unknown, values: unknown[], repeats: boolean): TimerHandle {
  const run = checked(callback);
  const milliseconds = delayOf(delay);
  const id = next++;
  timers.set(id, {
    id,
    callback: () => run(...values),
    due: performance.now() + milliseconds,
    every: repeats ? milliseconds : undefined,
  });
  return new TimerHandle(id);
}

export const setTimeout = (callback: unknown, delay?: unknown, ...values: unknown[]): TimerHandle =>
  add(callback, delay, values, false);
export const setInterval = (callback: unknown, delay?: unknown, ...values: unknown[]): TimerHandle =>
  add(callback, delay, values, true);

export function setImmediate(callback: unknown, ...values: unknown[]): TimerHandle {
  const run = checked(callback);
  const id = next++;
  immediates.set(id, () => run(...values));
  return new TimerHandle(id);
}

export function clear(handle: unknown): void {
  const id = handle instanceof TimerHandle || typeof handle === 'number' ? Number(handle) : 0;
  timers.delete(id);
  immediates.delete(id);
}

function attempt(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    uncaught(error);
  }
}

/** What the current round of the event loop still has to run: timers that were due when it began, then immediates. */
let round: number[] = [];

function beginRound(): void {
  const now = performance.now();
  const due = [...timers.values()].filter((timer) => timer.due <= now);
  // Of those with the same time, the one that was made first: sorting keeps that order.
  due.sort((one, other) => one.due - other.due);
  round = [...due.map(({ id }) => id), ...immediates.keys()];
}

function runOne(id: number): boolean {
  const timer = timers.get(id);
  const callback = timer?.callback ?? immediates.get(id);
  if (callback === undefined) return false;
  immediates.delete(id);
  if (timer?.every === undefined) timers.delete(id);
  else timer.due = performance.now() + timer.every;
  attempt(callback);
  return true;
}

/** Runs what is due, one callback: promises settle between two of them. @returns whether there was one */
export function runNext(): boolean {
  if (round.length === 0) beginRound();
  for (let id = round.shift(); id !== undefined; id = round.shift()) if (runOne(id)) return true;
  return false;
}

/** Milliseconds until there is something to run; -1: nothing. */
export function timeLeft(): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { due } of timers.values()) first = Math.min(first, due);
  return Number.isFinite(first) ? Math.max(0, first - performance.now()) : -1;
}
