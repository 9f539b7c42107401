import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeededRandom } from '../support/seeded-random.ts';
import { assemble } from '../support/wat.ts';
import { imported, program, quoted, type SoakModule } from './kinds.ts';

/** What no process may ever print. */
export const secret = 'the secret of the soak';

/** A directory to give, beside one that is not given, with links out of the first. */
export function escapeFolder(root: string): string {
  const given = join(root, 'given');
  mkdirSync(join(given, 'sub'), { recursive: true });
  mkdirSync(join(root, 'private'));
  writeFileSync(join(root, 'private', 'secret'), secret);
  symlinkSync('../private', join(given, 'out'));
  symlinkSync('../private/secret', join(given, 'secret'));
  symlinkSync('../../private', join(given, 'sub', 'out'));
  symlinkSync(join(root, 'private'), join(given, 'absolute'));
  symlinkSync('loop', join(given, 'loop'));
  return given;
}

const parts = [
  '..',
  '.',
  '',
  'sub',
  'out',
  'secret',
  'private',
  'absolute',
  'loop',
  'given',
  'etc',
  'passwd',
  'proc',
  'self',
  'root',
];

/** Opens paths that lead out, in any way that a path can, and prints what it reads: exits with 1 if it could open what it named. */
export function escapes(random: SeededRandom): SoakModule {
  const calls: string[] = [];
  const data: string[] = [];
  let at = 1024;
  for (let count = 0; count < 12; count++) {
    const middle = Array.from({ length: random.below(6) }, () => random.pick(parts));
    const start = random.pick([
      [''],
      ['..'],
      ['sub', '..', '..'],
      ['out'],
      ['sub', 'out'],
      ['absolute'],
      ['.', '..'],
    ]);
    const path = Buffer.from(
      [...start, ...middle, random.pick(['secret', 'private/secret', 'passwd', 'new'])].join('/'),
    );
    data.push(`(data (i32.const ${at}) ${quoted(path)})`);
    const flags = random.pick([0, 1, 1, 5, 8]);
    calls.push(`(if (i32.eqz (call $open (i32.const 3) (i32.const ${random.below(2)}) (i32.const ${at}) (i32.const ${path.length})
      (i32.const ${flags}) (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 0)))
      (then (drop (call $read (i32.load (i32.const 0)) (i32.const 16) (i32.const 1) (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8))) (drop (call $close (i32.load (i32.const 0))))))`);
    at += path.length;
  }
  const vector = '(data (i32.const 16) "\\00\\80\\00\\00\\40\\00\\00\\00")';
  const imports = [imported.open, imported.read, imported.write, imported.close];
  const module = assemble(program(imports, calls.join('\n'), vector + data.join('\n')));
  return { kind: 'escape', module, ends: { code: 0 }, killAfter: 20_000, files: true };
}
