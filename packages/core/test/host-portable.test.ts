// The lifecycle also runs on engines that are not Node: nothing that it imports may need Node's modules.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const imports = /^(?:import|export)\s+(?!type\b)(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;

/** Every module that a file loads when it runs, itself included. */
function loaded(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!file.startsWith('/')) return seen;
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(imports)) {
    loaded(name.startsWith('.') ? resolve(file, '..', name) : name, seen);
  }
  return seen;
}

const source = join(import.meta.dirname, '../src');

test('the lifecycle loads no package and no built-in module', () => {
  const modules = [...loaded(join(source, 'host/lifecycle.ts'))];
  expect(modules.length).toBeGreaterThan(8);
  expect(modules.filter((name) => !name.startsWith('/'))).toEqual([]);
});

test('the host itself needs no package, so that it starts quickly', () => {
  const modules = [...loaded(join(source, 'host-main.ts'))];
  expect(modules.filter((name) => !name.startsWith('/') && !name.startsWith('node:'))).toEqual([]);
});
