// What `node:timers/promises` is in a script.
import type { WosAbortSignal } from './abort.ts';
import {
  clear,
  setImmediate as immediate,
  setInterval as interval,
  setTimeout as timeout,
} from './timers.ts';

export interface Options {
  readonly signal?: WosAbortSignal;
  readonly ref?: boolean;
}

/** As Node's: with its code, and the reason as its cause. */
export function abortError(signal: WosAbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  return Object.assign(error, { code: 'ABORT_ERR' });
}

function wait<T>(start: (done: () => void) => unknown, value: T, { signal }: Options = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortError(signal));
    const given = () => {
      clear(handle);
      reject(abortError(signal as WosAbortSignal));
    };
    const handle = start(() => {
      signal?.removeEventListener('abort', given);
      resolve(value);
    });
    signal?.addEventListener('abort', given, { once: true });
  });
}

export const setTimeout = <T>(delay?: number, value?: T, options?: Options): Promise<T | undefined> =>
  wait((done) => timeout(done, delay), value, options);

export const setImmediate = <T>(value?: T, options?: Options): Promise<T | undefined> =>
  wait((done) => immediate(done), value, options);

export async function* setInterval<T>(
  delay?: number,
  value?: T,
  { signal }: Options = {},
): AsyncGenerator<T | undefined> {
  let due = 0;
  let wake: (() => void) | undefined;
  const handle = interval(() => {
    due++;
    wake?.();
  }, delay);
  const aborted = () => wake?.();
  signal?.addEventListener('abort', aborted);
  try {
    for (;;) {
      if (signal?.aborted) throw abortError(signal);
      if (due === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      due--;
      yield value;
    }
  } finally {
    clear(handle);
    signal?.removeEventListener('abort', aborted);
  }
}

export const scheduler = {
  wait: (delay: number, options?: Options): Promise<unknown> => setTimeout(delay, undefined, options),
  yield: (): Promise<unknown> => setImmediate(),
};

export default { setTimeout, setImmediate, setInterval, scheduler };
