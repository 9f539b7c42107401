import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const schema = z.strictObject({
  /** Milliseconds between two counts. */
  intervalMs: z.number().int().min(10).max(3_600_000).default(1000),
  /** How much each count adds. */
  step: z.number().int().default(1),
});

export type CounterSettings = z.output<typeof schema>;

/**
 * Reads the counter's own file, `{ "intervalMs": 500, "step": 2 }`.
 * @throws Error naming the file and each wrong field.
 */
export async function readSettings(file: string): Promise<CounterSettings> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new Error(`Cannot read settings from ${file}: ${(cause as Error).message}`, { cause });
  }
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => [...issue.path, issue.message].join(': '));
  throw new Error(`Invalid settings in ${file}: ${wrong.join('; ')}`);
}
