/** @throws Error saying what was expected, so that the demo ends with a failure. */
export function expect(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(`Expected ${what}`);
}

/** Asks until the answer is good, for five seconds. @throws Error naming what it waited for. */
export async function eventually<T>(
  what: string,
  signal: AbortSignal,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + 5000;
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`Expected ${what} within 5 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
