import { setTimeout as delay } from 'node:timers/promises';
import { fail, show } from './expect.ts';

export interface UntilOptions {
  /** Milliseconds; default 5000. */
  readonly timeout?: number;
  /** Milliseconds between attempts; default 20. */
  readonly interval?: number;
  readonly signal?: AbortSignal;
}

/** The first value of `attempt` that is neither undefined nor false; fails, naming `what`, when there is none in time. */
export async function until<T>(
  what: string,
  attempt: () => Promise<T | undefined | false> | T | undefined | false,
  { timeout = 5000, interval = 20, signal }: UntilOptions = {},
): Promise<T> {
  const end = performance.now() + timeout;
  for (;;) {
    const value = await attempt();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) fail(`${what}: not so within ${timeout} ms`);
    await delay(interval, undefined, signal ? { signal } : {});
  }
}

/**
 * Holds when one of three measurements is within the bound. The bound is the contract's own; more than one attempt,
 * because a loaded machine delays the measuring process too, and that is not the adapter's lateness.
 */
export async function bestOfThree(
  what: string,
  bound: number,
  measure: (attempt: number) => Promise<number>,
): Promise<void> {
  const measured: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const milliseconds = await measure(attempt);
    if (milliseconds <= bound) return;
    measured.push(Math.round(milliseconds));
  }
  fail(`${what}: expected at most ${bound} ms in one of three attempts, got ${show(measured)}`);
}

/**
 * Work that goes on beside the clause. A failure is seen where it is awaited; a clause that fails before does not
 * leave an unhandled rejection behind, which would end the whole run.
 */
export function meanwhile<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

export const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, signal ? { signal } : {});
