import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rewriteModule } from '../src/rewrite/rewrite-module.ts';
import { describeWithPrograms, program } from './support/programs.ts';
import { openRewritten } from './support/run-rewritten.ts';
import { TinyWasi } from './support/tiny-wasi.ts';

/** What each prints with these arguments; known from elsewhere where it can be. */
const programs: Record<
  string,
  { readonly args: string[]; readonly prints?: string; readonly slices: number }
> = {
  hash: { args: ['200000'], slices: 500 },
  sieve: { args: ['1'], prints: '283146\n', slices: 5000 },
  fib: { args: ['22'], prints: '17711\n', slices: 50 },
  sort: { args: ['5000'], slices: 100 },
  interpreter: { args: ['3000'], slices: 100 },
  text: { args: ['1000'], slices: 100 },
};

function original(bytes: Uint8Array, args: readonly string[]): string {
  const wasi = new TinyWasi(bytes, args);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), wasi.imports);
  wasi.attach(instance);
  (instance.exports._start as () => void)();
  return wasi.stdout;
}

describeWithPrograms('C programs', () => {
  test.for(Object.entries(programs))(
    '%s prints the same in slices',
    async ([name, { args, prints, slices }]) => {
      const bytes = readFileSync(program(name));
      const expected = original(bytes, [name, ...args]);
      expect(expected).toMatch(/^\d+\n$/);
      if (prints !== undefined) expect(expected).toBe(prints);
      const wasi = new TinyWasi(bytes, [name, ...args]);
      const run = await openRewritten(bytes, {
        fuel: 1000,
        imports: wasi.imports,
        memoryMax: 16 * 1024 * 1024,
      });
      wasi.attach(run.instance);
      await run.call('_start');
      expect(wasi.stdout).toBe(expected);
      expect(run.preemptions()).toBeGreaterThan(slices);
    },
  );

  test('a program keeps its table, for handlers of signals', () => {
    const rewritten = rewriteModule(readFileSync(program('hash')));
    expect(rewritten.hasStart).toBe(true);
    const exported = WebAssembly.Module.exports(new WebAssembly.Module(rewritten.bytes));
    expect(exported).toContainEqual({ name: '__indirect_function_table', kind: 'table' });
  });
});
