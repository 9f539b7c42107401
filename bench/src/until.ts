import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition, in small steps. For preparation, not for what is measured. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  within = 20_000,
): Promise<void> {
  const end = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(20);
  }
}
