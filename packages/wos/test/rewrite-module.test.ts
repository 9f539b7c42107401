import { expect, test } from 'vitest';
import { rewriteModule } from '../src/rewrite/rewrite-module.ts';
import { globalOf, openRewritten } from './support/run-rewritten.ts';
import { assemble } from './support/wat.ts';

test('says what the original imports and exports, and keeps all of it', () => {
  const { bytes, ...about } = rewriteModule(
    assemble(`(module
      (import "env" "base" (global i32))
      (import "env" "log" (func (param i32)))
      (memory (export "memory") 2 9)
      (table (export "__indirect_function_table") 3 funcref)
      (func (export "_start")))`),
  );
  expect(about).toEqual({
    imports: [
      { module: 'env', name: 'base', kind: 'global' },
      { module: 'env', name: 'log', kind: 'function' },
    ],
    hasStart: true,
    memory: { initialPages: 2, maximumPages: 9 },
  });
  const module = new WebAssembly.Module(bytes);
  expect(WebAssembly.Module.imports(module)).toEqual([
    ...about.imports,
    { module: 'wos', name: 'preempt', kind: 'function' },
  ]);
  expect(WebAssembly.Module.exports(module)).toEqual([
    { name: 'memory', kind: 'memory' },
    { name: '__indirect_function_table', kind: 'table' },
    { name: '_start', kind: 'function' },
    { name: 'wos_fuel', kind: 'global' },
  ]);
});

test.for([
  ['(memory 1)', undefined, 65_536],
  ['(memory 1)', 10 * 65_536, 10],
  ['(memory 1 5)', 10 * 65_536, 5],
  ['(memory 1 50)', 10 * 65_536 + 65_535, 10],
  ['(memory 1 50)', 65_536, 1],
] as const)('%s with a limit of %s bytes grows to %s pages', async ([memory, memoryMax, maximumPages]) => {
  const text = `(module ${memory} (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`;
  const options = memoryMax === undefined ? {} : { memoryMax };
  expect(rewriteModule(assemble(text), options).memory).toEqual({ initialPages: 1, maximumPages });
  if (memoryMax === undefined) return;
  const run = await openRewritten(assemble(text), options);
  expect(await run.call('grow', maximumPages)).toBe(-1);
  expect(await run.call('grow', maximumPages - 1)).toBe(1);
});

test('a module without memory has none', () => {
  expect(rewriteModule(assemble('(module)')).memory).toEqual({ initialPages: 0, maximumPages: 0 });
});

test('the start function is not run by instantiating: it is an export that can be interrupted', async () => {
  const run = await openRewritten(
    assemble(`(module (global $n (export "n") (mut i32) (i32.const 0)) (start $begin)
      (func $begin (loop $l (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (br_if $l (i32.lt_u (global.get $n) (i32.const 5000))))))`),
  );
  expect(globalOf(run.instance, 'n').value).toBe(0);
  await run.call('wos_start');
  expect(globalOf(run.instance, 'n').value).toBe(5000);
  expect(run.preemptions()).toBeGreaterThan(10);
});

test('functions in tables, globals and expressions are the same ones after an import was added', async () => {
  const run = await openRewritten(
    assemble(`(module
      (import "env" "seven" (func $seven (result i32)))
      (type $number (func (result i32)))
      (table $t (export "__indirect_function_table") 6 funcref)
      (table $u 2 funcref)
      (elem (table $t) (i32.const 1) func $seven $one $two)
      (elem (table $u) (i32.const 0) funcref (ref.func $two) (ref.null func))
      (elem $later func $one)
      (global $g (mut funcref) (ref.func $one))
      (func $one (result i32) (i32.const 1))
      (func $two (result i32) (i32.const 2))
      (func (export "call") (param i32) (result i32)
        (table.init $t $later (i32.const 4) (i32.const 0) (i32.const 1))
        (table.set $t (i32.const 5) (ref.func $two))
        (call_indirect $t (type $number) (local.get 0)))
      (func (export "other") (result i32) (call_indirect $u (type $number) (i32.const 0)))
      (func (export "global") (result i32)
        (table.set $t (i32.const 0) (global.get $g)) (call_indirect $t (type $number) (i32.const 0))))`),
    { imports: { env: { seven: () => 7 } } },
  );
  const results = [];
  for (const index of [1, 2, 3, 4, 5]) results.push(await run.call('call', index));
  expect(results).toEqual([7, 1, 2, 1, 2]);
  expect(await run.call('other')).toBe(2);
  expect(await run.call('global')).toBe(1);
});

const handlers = {
  'a block': '(block $h (try_table (catch_all $h) (call $exit)))',
  'the end of the function': '(call $guarded)',
  'a loop': '(loop $h (try_table (catch_all $h) (call $exit)))',
  'a reference': '(drop (block $h (result exnref) (try_table (catch_all_ref $h) (call $exit)) (return)))',
  'the older instructions': '(try (do (call $exit)) (catch_all (nop)))',
};

test.for(Object.entries(handlers))(
  'no handler of everything outlives the end of the process: %s',
  async ([, body]) => {
    const guarded = body.includes('$guarded') ? '(func $guarded (try_table (catch_all 0) (call $exit)))' : '';
    let calls = 0;
    const exit = () => {
      if (calls++ > 100) return;
      if (isEnding) globalOf(run.instance, 'wos_ended').value = 1;
      throw new Error('exit');
    };
    const run = await openRewritten(
      assemble(`(module (import "host" "exit" (func $exit)) (global $n (export "after") (mut i32) (i32.const 0)) ${guarded}
      (func $try ${body}) (func (export "go") (call $try) (global.set $n (i32.const 1))))`),
      { imports: { host: { exit } } },
    );
    let isEnding = false;
    await run.call('go');
    expect(globalOf(run.instance, 'after').value).toBe(1);
    globalOf(run.instance, 'after').value = calls = 0;
    isEnding = true;
    await expect(run.call('go')).rejects.toBeInstanceOf(WebAssembly.RuntimeError);
    expect(globalOf(run.instance, 'after').value).toBe(0);
    expect(calls).toBe(1);
  },
);

test('a gigabyte that one instruction writes is paid for', async () => {
  const run = await openRewritten(
    assemble(`(module (memory 32) (func (export "go") (param i32)
      (memory.fill (i32.const 0) (i32.const 7) (local.get 0))
      (memory.copy (i32.const 4) (i32.const 0) (i32.const 8))))`),
    { onPreempt: (instance) => debts.push(globalOf(instance, 'wos_fuel').value) },
  );
  const debts: number[] = [];
  globalOf(run.instance, 'wos_fuel').value = 1000;
  await run.call('go', 800);
  expect(debts).toEqual([]);
  await run.call('go', 2_000_000);
  expect(debts).toHaveLength(1);
  expect(debts[0]).toBeLessThan(-200_000);
});
