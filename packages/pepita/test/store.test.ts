import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { discard, publish, touch, trim } from '../src/store.ts';
import { copySparse } from '../src/template/copy-sparse.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();
let count = 0;

function cache(): string {
  count += 1;
  const path = join(folder, String(count));
  mkdirSync(path);
  return path;
}

function plant(path: string, seconds: number): void {
  writeFileSync(path, 'x');
  utimesSync(path, seconds, seconds);
}

describe('a cache', () => {
  test('has whole entries only', async () => {
    const path = join(cache(), 'entry');
    await publish(path, async (temporary) => {
      await writeFile(temporary, 'whole');
      expect(existsSync(path)).toBe(false);
    });
    expect(readFileSync(path, 'utf8')).toBe('whole');
  });

  test('has nothing of an entry that could not be made', async () => {
    const own = cache();
    const failing = publish(join(own, 'entry'), async (temporary) => {
      await writeFile(temporary, 'half');
      throw new Error('full');
    });
    await expect(failing).rejects.toThrow('full');
    expect(readdirSync(own)).toEqual([]);
  });

  test('keeps a folder that was there first', async () => {
    const own = cache();
    const path = join(own, 'entry');
    mkdirSync(path);
    writeFileSync(join(path, 'first'), '');
    await publish(path, async (temporary) => {
      mkdirSync(temporary);
      writeFileSync(join(temporary, 'second'), '');
    });
    expect(readdirSync(path)).toEqual(['first']);
    expect(readdirSync(own)).toEqual(['entry']);
  });

  test('keeps what was used last, and no leftovers', async () => {
    const own = cache();
    for (const [index, name] of ['a', 'b', 'c'].entries()) plant(join(own, name), 1000 + index);
    plant(join(own, '.half-old'), 1000);
    writeFileSync(join(own, '.half-new'), '');
    await touch(join(own, 'a'));
    await trim(own, 2);
    expect(readdirSync(own).toSorted()).toEqual(['.half-new', 'a', 'c']);
  });

  test('can be told to drop what is not there', async () => {
    await discard(join(cache(), 'nothing'));
    await trim('/nowhere', 1);
  });
});

test('a sparse copy has the same bytes and no more room', async () => {
  const own = cache();
  const data = Buffer.alloc(3 * 1024 ** 2 + 5);
  data.write('begin');
  data.write('middle', 2_000_000);
  data.write('end', data.length - 3);
  const [from, to] = [join(own, 'from'), join(own, 'to')];
  writeFileSync(from, data);
  await copySparse(from, to);
  expect(readFileSync(to).equals(data)).toBe(true);
  expect(statSync(to).mode & 0o777).toBe(0o600);
  expect(statSync(to).blocks * 512).toBeLessThan(512 * 1024);
});
