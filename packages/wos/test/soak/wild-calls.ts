import type { SeededRandom } from '../support/seeded-random.ts';
import { wasiSignatures } from '../support/wasi-signatures.ts';
import { assemble } from '../support/wat.ts';
import type { SoakModule } from './kinds.ts';

const names = Object.keys(wasiSignatures);

/** Calls whatever there is with whatever comes, once or for ever, in a memory that is full of pieces of paths and small numbers. */
export function wildCalls(random: SeededRandom): SoakModule {
  const used = Array.from({ length: 3 + random.below(10) }, () => random.pick(names));
  const imports = [...new Set(used)].map((name) => {
    const types = [...(wasiSignatures[name] as string)]
      .map((letter) => (letter === 'i' ? 'i32' : 'i64'))
      .join(' ');
    return `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${types}) (result i32)))`;
  });
  const small = () => random.pick([0, 1, 2, 3, 3, 4, 5, 8, 16, 48, 64, 100, 256, 1024]);
  const i32 = () =>
    random.below(6) > 0
      ? small()
      : random.pick([-1, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31), random.below(70_000)]);
  const i64 = () =>
    random.below(4) > 0
      ? small()
      : random.pick(['-1', '9223372036854775807', '-9223372036854775808', '4294967296', '1073741823']);
  const calls = used.map((name) => {
    const given = [...(wasiSignatures[name] as string)].map((letter) =>
      letter === 'i' ? `(i32.const ${i32()})` : `(i64.const ${i64()})`,
    );
    return `(drop (call $${name} ${given.join(' ')}))`;
  });
  const memory = Array.from({ length: 300 }, () =>
    random.pick(['\\00', '\\01', '\\03', '\\04', '\\10', '\\ff', 'x', '/', '..', 'sub', '\\c3']),
  );
  const isEndless = random.below(3) === 0;
  const module =
    assemble(`(module ${imports.join('\n')} (memory (export "memory") 1) (data (i32.const 0) "${memory.join('')}")
    (func (export "_start") (loop $on ${calls.join('\n')} ${isEndless ? '(br $on)' : ''})))`);
  const limits = { memoryMax: 2 ** 20, cpuTime: 40, openFiles: 20 };
  return {
    kind: 'wild calls',
    module,
    limits,
    ends: isEndless ? 'never' : 'any',
    killAfter: 1 + random.below(100),
    files: true,
  };
}
