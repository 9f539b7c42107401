import type { Process } from './process.ts';

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Suspends a process until something of the host's is there; signals do not interrupt that.
 * @param late what is done with it when the process has ended meanwhile
 */
export async function waitForHost<T>(
  process: Process,
  promise: Promise<T>,
  late: (value: T) => void,
): Promise<T> {
  const settled = promise.then(
    (value): Outcome<T> => {
      if (process.ended) late(value);
      return { value };
    },
    (error: unknown): Outcome<T> => ({ error }),
  );
  for (;;) {
    const outcome = await process.block<Outcome<T>>((wake) => {
      void settled.then(wake);
      return () => {};
    });
    // Interrupted.
    if (typeof outcome === 'symbol') continue;
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }
}
