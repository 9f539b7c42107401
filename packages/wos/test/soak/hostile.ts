import type { SeededRandom } from '../support/seeded-random.ts';
import { assemble } from '../support/wat.ts';
import { imported, program, quoted, type SoakModule } from './kinds.ts';

const quick = { memoryMax: 2 ** 20, cpuTime: 40 };
/** Milliseconds for what ends by itself, on a busy machine. */
const slow = 60_000;

/** Takes all memory that it can get, and then goes on, traps or exits. */
export function memoryBomb(random: SeededRandom): SoakModule {
  const step = 1 + random.below(64);
  const [then, ends] = random.pick<readonly [string, SoakModule['ends']]>([
    ['unreachable', ['SIGABRT']],
    ['(call $exit (i32.const 9))', { code: 9 }],
    ['', { code: 0 }],
    ['(i32.store (i32.const -4) (i32.const 1))', ['SIGSEGV']],
    ['(loop $on (br $on))', 'never'],
  ]);
  const touch =
    '(if (i32.ne (local.get $n) (i32.const -1)) (then (i32.store (i32.shl (local.get $n) (i32.const 16)) (i32.const 1)) (br $more)))';
  const body = `(loop $more (local.set $n (memory.grow (i32.const ${step}))) ${touch}) ${then}`;
  return {
    kind: 'memory bomb',
    module: assemble(program([imported.exit], body)),
    limits: ends === 'never' ? quick : { memoryMax: quick.memoryMax },
    ends,
    killAfter: slow,
  };
}

/** Wants more at its beginning than any process may have. */
export function hugeModule(random: SeededRandom): SoakModule {
  const pages = random.pick([20, 1000, 40_000, 65_536]);
  return {
    kind: 'huge memory',
    module: assemble(program([], '', '', pages)),
    limits: quick,
    ends: 'refused',
    killAfter: slow,
  };
}

export function recursion(random: SeededRandom): SoakModule {
  const locals = '(local i64 i64 f64 f64)'.repeat(random.below(4));
  const deep = random.pick([
    `(func $deep (param i32) (result i32) ${locals} (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))`,
    `(table 1 funcref) (elem (i32.const 0) $deep) (type $t (func (param i32) (result i32)))
     (func $deep (param i32) (result i32) ${locals} (i32.add (call_indirect (type $t) (local.get 0) (i32.const 0)) (i32.const 1)))`,
  ]);
  const body = '(drop (call $deep (i32.const 1)))';
  // Some need more of their CPU time than of the stack.
  const ends = ['SIGSEGV', 'SIGXCPU'];
  return {
    kind: 'recursion',
    module: assemble(program([], body, deep)),
    limits: quick,
    ends,
    killAfter: slow,
  };
}

export function endless(random: SeededRandom): SoakModule {
  const body = random.pick([
    '(loop $on (br $on))',
    '(loop $on (local.set $i (i32.add (local.get $i) (i32.const 3))) (i32.store (i32.const 8) (local.get $i)) (br $on))',
    '(loop $on (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $on))',
    '(loop $on (call $leaf) (br $on))',
    '(loop $on (br_table $on $on (local.get $i)))',
    '(return_call $main)',
  ]);
  const limits = random.below(2) === 0 ? quick : { memoryMax: 2 ** 20 };
  const module = assemble(program([], body, '(func $leaf nop)'));
  return { kind: 'endless loop', module, limits, ends: 'never', killAfter: 1 + random.below(60) };
}

/** Polls clocks for ever: times that are over, that never come, that make no sense. */
export function polls(random: SeededRandom): SoakModule {
  const subscription = new Uint8Array(48);
  const view = new DataView(subscription.buffer);
  view.setUint32(16, random.below(3), true);
  view.setBigUint64(24, random.pick([0n, 0n, 1n, 1000n, 10n ** 18n, 2n ** 64n - 1n]), true);
  view.setUint16(40, random.below(2), true);
  const body =
    '(loop $on (drop (call $poll (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 600))) (br $on))';
  const data = `(data (i32.const 0) ${quoted(subscription)})`;
  const module = assemble(program([imported.poll], body, data));
  return { kind: 'endless poll', module, limits: quick, ends: 'never', killAfter: 1 + random.below(60) };
}

/** Sends to itself and to whoever may be there. A few of them a million times. */
export function flood(random: SeededRandom): SoakModule {
  const count = random.below(40) === 0 ? 1_000_000 : 2000;
  const to = random.pick([
    '(call $pid)',
    '(i32.const 1)',
    `(i32.const ${random.below(20_000)})`,
    '(i32.const -1)',
  ]);
  const length = random.pick([0, 1, 100, 60_000]);
  const body = `(loop $on (drop (call $send ${to} (i32.const 0) (i32.const ${length})))
    (br_if $on (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${count}))))`;
  const module = assemble(program([imported.pid, imported.send], body));
  return { kind: 'mail flood', module, ends: { code: 0 }, killAfter: 120_000 };
}

/** Says a thing exactly, among all of these. */
export function wellBehaved(random: SeededRandom): SoakModule {
  const text = `${random.below(1e9)} ${'well '.repeat(random.below(9))}\n`;
  const data = `(data (i32.const 0) "\\10\\00\\00\\00\\${text.length.toString(16).padStart(2, '0')}") (data (i32.const 16) ${quoted(Buffer.from(text))})`;
  const code = random.below(120);
  const body = `(loop $on (br_if $on (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${random.below(300_000)}))))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (call $exit (i32.const ${code}))`;
  const module = assemble(program([imported.write, imported.exit], body, data));
  return { kind: 'well-behaved', module, ends: { code, stdout: text }, killAfter: 20_000 };
}
