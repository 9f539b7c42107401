import { randomEndlessModule, randomModule } from '../support/random-module.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { moduleOf, op } from '../support/wasm.ts';
import { assemble } from '../support/wat.ts';
import { imported, program, type SoakModule } from './kinds.ts';

const limits = { memoryMax: 2 ** 20, cpuTime: 40 };

/** The rewriter's random modules as programs: the host's function is one of theirs. */
function randomProgram(seed: number, isEndless: boolean): Uint8Array {
  const text = (isEndless ? randomEndlessModule : randomModule)(seed);
  const own = text
    .replace('(import "env" "host" (func $host (param i32) (result i32)))', '')
    .replace(
      '(func $pair',
      '(func $host (param i32) (result i32) (i32.xor (local.get 0) (i32.const 21))) (func $pair',
    )
    .replace(
      /\(func \(export "go"\).*$/,
      '(func (export "_start") (drop (call $f0 (i32.const 7) (i32.const 3)))))',
    );
  return assemble(own);
}

/** To break: making one takes longer than all else. */
const whole = new Map<number, Uint8Array>();
function someProgram(random: SeededRandom): Uint8Array {
  const seed = random.below(200);
  const made = whole.get(seed) ?? randomProgram(seed, true);
  whole.set(seed, made);
  return made;
}

const small = assemble(program([imported.exit], '(call $exit (i32.const 0))'));

/** Ends by itself, or traps: after some steps, in the endless kind after 30 million, unless it is killed before. */
export function randomCode(random: SeededRandom): SoakModule {
  const module = randomProgram(random.below(2 ** 31), random.below(2) === 0);
  return { kind: 'random code', module, limits, ends: 'any', killAfter: 300 };
}

/** A module in which some bytes are others, are missing or are there twice. */
export function malformed(random: SeededRandom): SoakModule {
  const bytes = [...(random.below(4) > 0 ? someProgram(random) : small)];
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(bytes.length);
    const how = random.below(10);
    if (how === 0) bytes.splice(at, 1 + random.below(20));
    else if (how === 1) bytes.splice(at, 0, ...bytes.slice(at, at + random.below(40)));
    else if (how === 2) bytes.length = at;
    else if (how < 6) bytes[at] = random.pick([0, 0x0b, 0x40, 0x7f, 0x80, 0xff, random.below(256)]);
    // Often still a module, which does something else.
    else bytes[at] = (bytes[at] as number) ^ (1 << random.below(2));
  }
  return { kind: 'malformed', module: Uint8Array.from(bytes), limits, ends: 'any', killAfter: 100 };
}

/** Bytes that are no module, or have only its beginning. */
export function noise(random: SeededRandom): SoakModule {
  const bytes = Array.from({ length: 1 + random.below(600) }, () => random.below(256));
  const start = random.below(2) === 0 ? [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] : [];
  return {
    kind: 'noise',
    module: Uint8Array.from([...start, 0xee, ...bytes]),
    limits,
    ends: 'refused',
    killAfter: 100,
  };
}

/** Imports that do not exist, in modules that do and do not. */
export function unknownImport(random: SeededRandom): SoakModule {
  const name = random.pick([
    'proc_fork',
    'path_chmod',
    'fd_dup',
    'x'.repeat(200),
    `call_${random.below(1e6)}`,
  ]);
  const from = random.pick(['env', 'wos', 'wasi_unstable', 'wasi_snapshot_preview1']);
  const what = random.pick(['(func)', '(func (param i64))', '(global i32)', '(table 1 funcref)']);
  const module =
    random.below(2) === 0 && name.length < 100
      ? moduleOf([...op.loop, ...op.branch(0), ...op.end], { imports: name })
      : assemble(program([`(import "${from}" "${name}" ${what})`], ''));
  return { kind: 'unknown import', module, limits, ends: 'refused', killAfter: 100 };
}
