import type { SeededRandom } from '../support/seeded-random.ts';
import { assemble } from '../support/wat.ts';
import { imported, program, quoted, type SoakModule } from './kinds.ts';

const spawn = '(import "wos" "spawn" (func $spawn (param i32 i32 i32 i32 i32) (result i32)))';

/**
 * Starts itself again and again: each of these does the same. Some go on for ever, some leave orphans, some have not been granted
 * that, or ask for more than they have.
 */
export function spawnBomb(random: SeededRandom): SoakModule {
  const granted = random.below(4) > 0;
  const wish = random.pick([
    'cap=spawn',
    'cap=spawn',
    'cap=*',
    'cap=net',
    'cap=fs:write=/',
    'nonsense',
    'cap=',
  ]);
  const options = Buffer.from(`${wish}\0lower=${random.below(8)}\0`);
  const data = `(data (i32.const 64) ${quoted(options)})`;
  const one = `(drop (call $spawn (i32.const 0) (i32.const 0) (i32.const 64) (i32.const ${options.length}) (i32.const 0)))`;
  const some = 1 + random.below(8);
  const [body, ends] = random.pick<readonly [string, SoakModule['ends']]>([
    [`(loop $on ${one} (br $on))`, 'never'],
    [`${one.repeat(some)} (loop $on (br $on))`, 'never'],
    [one.repeat(some), { code: 0 }],
    [`${one.repeat(some)} (call $exit (i32.const 5))`, { code: 5 }],
  ]);
  const module = assemble(program([spawn, imported.exit], body, data));
  const killAfter = ends === 'never' ? 10 + random.below(60) : 20_000;
  const limits = { memoryMax: 2 ** 20, cpuTime: 40, processes: random.pick([0, 3, 12]) };
  return { kind: 'spawn bomb', module, limits, ends, killAfter, starts: granted };
}
