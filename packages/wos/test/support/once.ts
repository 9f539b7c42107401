import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { inject } from 'vitest';

/** Makes a file once in a run of the tests, whichever of its processes needs it first. */
export async function once(name: string, make: (output: string) => Promise<unknown>): Promise<string> {
  const output = join(inject('wosPrograms'), name);
  while (!existsSync(output)) {
    try {
      mkdirSync(`${output}.lock`);
    } catch {
      // Another one makes it.
      await setTimeout(50);
      continue;
    }
    try {
      if (existsSync(output)) break;
      await make(`${output}.new`);
      renameSync(`${output}.new`, output);
    } finally {
      rmSync(`${output}.lock`, { recursive: true });
    }
  }
  return output;
}
