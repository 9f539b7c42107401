import { describe, it } from 'vitest';

/**
 * A test, or a group of them, for one scope or one kind of account only. In the other it is not there, rather than skipped: a skip
 * would be a hole in the proof.
 */
export const itWhen = (condition: boolean): typeof it =>
  condition ? it : ((() => {}) as unknown as typeof it);

export const describeWhen = (condition: boolean): typeof describe =>
  condition ? describe : ((() => {}) as unknown as typeof describe);
