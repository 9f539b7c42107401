import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Kernel } from '../src/kernel/index.ts';
import { temporaryFolder } from './support/programs.ts';
import { moduleOf, op } from './support/wasm.ts';
import { assemble } from './support/wat.ts';

const folder = temporaryFolder();
const leaves = (code: number) => moduleOf([...op.i32(code), ...op.call(0)]);

async function withKernel(
  options: { moduleCache?: string },
  act: (kernel: Kernel) => Promise<void>,
): Promise<void> {
  const kernel = await Kernel.boot({ threads: 1, ...options });
  try {
    await act(kernel);
  } finally {
    await kernel.shutdown({ timeout: 100 });
  }
}

it('a module is rewritten once for all kernels that share a folder', async () => {
  const moduleCache = join(folder, 'cache');
  const run = async (kernel: Kernel) => {
    const pid = await kernel.spawn({ name: 'x', module: leaves(5) });
    expect(await kernel.wait(pid)).toEqual({ code: 5 });
  };
  await withKernel({ moduleCache }, run);
  const [entry, ...more] = readdirSync(moduleCache);
  expect(more).toEqual([]);
  const before = readFileSync(join(moduleCache, entry as string));
  await withKernel({ moduleCache }, run);
  expect(readdirSync(moduleCache)).toEqual([entry]);
  expect(readFileSync(join(moduleCache, entry as string)).equals(before)).toBe(true);
});

it('a loaded module is spawned again and again, with any memory limit, by many at once', async () => {
  await withKernel({}, async (kernel) => {
    const module = await kernel.load(leaves(6));
    expect(await kernel.load(leaves(6))).toEqual(module);
    const spawn = (memoryMax: number) => kernel.spawn({ name: 'x', module, limits: { memoryMax } });
    const pids = await Promise.all([65_536, 1_000_000, 65_536, 2 ** 32].map(spawn));
    for (const pid of pids) expect(await kernel.wait(pid)).toEqual({ code: 6 });
  });
});

it('of many modules the last ones are kept; what is not can be loaded again', async () => {
  await withKernel({}, async (kernel) => {
    const first = await kernel.load(leaves(0));
    for (let code = 1; code <= 63; code++) await kernel.load(leaves(code));
    await kernel.load(moduleOf([]));
    await kernel.load(moduleOf([...op.unreachable]));
    await expect(kernel.spawn({ name: 'x', module: first })).rejects.toThrow(
      'is not kept any more: load it again',
    );
    const again = await kernel.load(leaves(0));
    expect(await kernel.wait(await kernel.spawn({ name: 'x', module: again }))).toEqual({ code: 0 });
  });
});

it('a module that fails while it is instantiated is refused in a sentence', async () => {
  const beyond = assemble(
    '(module (table 1 funcref) (func $start (export "_start")) (elem (i32.const 9) $start))',
  );
  await withKernel({}, async (kernel) => {
    await expect(kernel.spawn({ name: 'x', module: beyond })).rejects.toThrow(
      /^The module cannot be started: WebAssembly\.Instance\(\): table index is out of bounds/,
    );
    expect(kernel.list()).toEqual([]);
  });
});
