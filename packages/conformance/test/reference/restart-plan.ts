import type { FailureReason, ProgramSpec } from '@duende/core';

/** What follows the end of a run: a wait in milliseconds and then another run, or the end for good. */
export type Next = { readonly after: number } | 'over' | 'limit';

/** Policy, backoff and limit of one daemon. */
export class RestartPlan {
  readonly #restart: ProgramSpec['restart'];
  #recent: number[] = [];
  #delays = 0;

  constructor(restart: ProgramSpec['restart']) {
    this.#restart = restart;
  }

  next(reason: FailureReason | undefined, ranFor: number): Next {
    const { policy, window, maxRestarts, delay, factor, maxDelay } = this.#restart;
    const wants = policy === 'on-failure' ? reason !== undefined : policy !== 'never';
    if (!wants) return 'over';
    const now = performance.now();
    this.#recent = this.#recent.filter((time) => now - time < window);
    if (maxRestarts > 0 && this.#recent.length >= maxRestarts) return 'limit';
    this.#recent.push(now);
    if (ranFor > window) this.#delays = 0;
    return { after: Math.min(delay * factor ** this.#delays++, maxDelay) };
  }
}
