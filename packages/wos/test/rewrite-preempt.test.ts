import { describe, expect, test } from 'vitest';
import { globalOf, openRewritten } from './support/run-rewritten.ts';
import { assemble } from './support/wat.ts';

const fuel = 2000;

/** What a form that never got interrupted does in the end, so that a failure is one and not a test that hangs. */
const mostRounds = 30_000_000;

/** `$tick` counts a round, and ends the form after too many. */
const frame = (body: string) =>
  assemble(`(module
    (type $void (func)) (type $step (func (param i32) (result i32)))
    (global $rounds (export "rounds") (mut i32) (i32.const 0))
    (table funcref (elem $even $odd $go $again))
    (memory 1)
    (tag $thrown)
    (func $tick (global.set $rounds (i32.add (global.get $rounds) (i32.const 1)))
      (if (i32.gt_u (global.get $rounds) (i32.const ${mostRounds})) (then (unreachable))))
    (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $quick (param i32) (if (local.get 0) (then (call $quick (i32.const 0)))))
    (func $even (param i32) (result i32) (call $tick) (return_call_indirect (type $step) (local.get 0) (i32.const 1)))
    (func $odd (param i32) (result i32) (call $tick) (return_call_indirect (type $step) (local.get 0) (i32.const 0)))
    (func $again (call $tick) (return_call $again))
    (func $ping (param i32) (if (local.get 0) (then (call $tick) (return_call $pong (local.get 0)))))
    (func $pong (param i32) (return_call $ping (local.get 0)))
    (func $raise (call $tick) (throw $thrown))
    (func $twice (param i32) (call $tick) (if (i32.lt_u (local.get 0) (i32.const 60)) (then
      (call $twice (i32.add (local.get 0) (i32.const 1))) (call $twice (i32.add (local.get 0) (i32.const 1))))))
    (func $lone (param i32) (local $n i32) (if (i32.eqz (local.get 0)) (then (return)))
      (loop $l (call $tick) (call $lone (i32.const 0)) (br $l)))
    (func $choose (param i32) (loop $l (call $tick)
      (block $skip (br_if $skip (local.get 0)) (call $choose (i32.const 0))) (br $l)))
    (func $many (param i32) ${'(if (i32.eqz (local.get 0)) (then (call $quick (i32.const 0))))'.repeat(5)}
      (loop $l (call $tick) (block $skip (br_if $skip (local.get 0)) (call $many (i32.const 0))) (br $l)))
    (func $go (export "go") (local $n i32) ${body}))`);

const forms: Record<string, string> = {
  br: '(loop $l (call $tick) (br $l))',
  br_if: '(loop $l (call $tick) (br_if $l (i32.const 1)))',
  br_table: '(loop $l (block $b (call $tick) (br_table $b $l $l (i32.const 1))))',
  'a branch out of an if': '(loop $l (if (i32.const 1) (then (call $tick) (br $l))))',
  'the inner loop': '(loop $o (loop $i (call $tick) (br_if $i (i32.const 1))) (br $o))',
  'the outer loop': '(loop $o (call $tick) (loop $i) (br $o))',
  'from the inner to the outer': '(loop $o (loop $i (call $tick) (br $o)))',
  'two loops in turn':
    '(loop $o (loop $a (call $tick) (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $a (i32.and (local.get $n) (i32.const 3)))) (loop $b (call $tick) (br_if $o (i32.const 1)) (br $b)))',
  'a loop with a value on the stack':
    '(drop (i32.add (i32.const 1) (loop $l (result i32) (call $tick) (br $l))))',
  'a loop around a call of a leaf':
    '(loop $l (call $tick) (local.set $n (call $leaf (local.get $n))) (br $l))',
  'calls that return before they are charged': '(call $lone (i32.const 1))',
  'a call of itself that is jumped over': '(call $choose (i32.const 1))',
  'the same in a function that is charged at once': '(call $many (i32.const 1))',
  'calls of a recursive leaf': '(loop $l (call $tick) (call $quick (i32.const 0)) (br $l))',
  'a tail call of itself': '(call $again)',
  'tail calls in turn': '(call $ping (i32.const 1))',
  'tail calls through a table': '(drop (call $even (i32.const 1)))',
  'a tree of calls': '(call $twice (i32.const 0))',
  'exceptions in a loop': '(loop $l (block $h (try_table (catch $thrown $h) (call $raise))) (br $l))',
  'a handler that branches to the loop': '(loop $l (try_table (catch $thrown $l) (call $raise)))',
  'a handler of everything that does': '(loop $l (try_table (catch_all $l) (call $raise)))',
};

const rounds = (instance: WebAssembly.Instance) => globalOf(instance, 'rounds').value;

describe('every form of repetition is interrupted', () => {
  test.for(Object.entries(forms))('%s', async ([, body]) => {
    const wanted = 200;
    const seen: number[] = [];
    const run = await openRewritten(frame(body), {
      fuel,
      onPreempt: (instance, preemptions) => {
        seen.push(rounds(instance));
        if (preemptions <= wanted) return;
        if ('wos_ended' in instance.exports) globalOf(instance, 'wos_ended').value = 1;
        throw new Error('killed');
      },
    });
    const end = await run.call('go').catch((error: unknown) => error);
    expect(end).toBeInstanceOf(Error);
    expect(run.preemptions()).toBe(wanted + 1);
    for (const [index, count] of seen.entries()) {
      const before = seen[index - 1] ?? 0;
      // Each round costs at least one unit; what calls itself counts up to 256 of them before they are charged.
      expect(count - before).toBeLessThanOrEqual(fuel + 256);
    }
    expect(rounds(run.instance)).toBeGreaterThan(wanted);
  });
});

test('what preempt throws ends the module with that error', async () => {
  const killed = new Error('killed');
  const run = await openRewritten(frame('(loop $l (call $tick) (br $l))'), {
    onPreempt: (_, preemptions) => {
      if (preemptions === 3) throw killed;
    },
  });
  await expect(run.call('go')).rejects.toBe(killed);
  expect(run.preemptions()).toBe(3);
});

test('a recursion without end is interrupted, and runs out of stack as an error', async () => {
  const run = await openRewritten(
    assemble('(module (func $f (export "go") (result i32) (i32.add (call $f) (i32.const 1))))'),
    { fuel: 100 },
  );
  await expect(run.call('go')).rejects.toBeInstanceOf(RangeError);
  expect(run.preemptions()).toBeGreaterThan(10);
});

test('a leaf that neither loops nor recurs is not charged', async () => {
  const run = await openRewritten(
    assemble('(module (func (export "go") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))'),
  );
  expect(await run.call('go', 7)).toBe(21);
  expect(run.preemptions()).toBe(0);
});
