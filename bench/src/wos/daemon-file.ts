import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext } from '../context.ts';

/** Writes a module where `duende` is found, until the bench ends. @returns its path */
export function writeDaemon(context: BenchContext, name: string, text: string): string {
  const path = join(import.meta.dirname, '..', '..', `bench-wos-${name}-${process.pid}.ts`);
  writeFileSync(path, text);
  context.onEnd(() => rmSync(path, { force: true }));
  return path;
}
