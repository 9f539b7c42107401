import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RewriteCache } from '../src/rewrite/cache.ts';
import { rewriteModule } from '../src/rewrite/rewrite-module.ts';
import { assemble } from './support/wat.ts';

let root: string;
let folder: string;
const text = (value: number) =>
  `(module (memory 1 9) (func (export "_start") (loop $l (br_if $l (i32.const ${value})))))`;
const sample = assemble(text(1));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wos-cache-'));
  folder = join(root, 'modules');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const only = async (): Promise<string> => {
  const [name, ...more] = await readdir(folder);
  expect(more).toEqual([]);
  return join(folder, name as string);
};

test('gives what rewriteModule does, at first and from the folder', async () => {
  const made = rewriteModule(sample, { memoryMax: 131_072 });
  for (const cache of [new RewriteCache(folder), new RewriteCache(folder)]) {
    expect(await cache.get(sample, { memoryMax: 131_072 })).toEqual(made);
  }
  const entry = await only();
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(entry)).mode & 0o777).toBe(0o600);
});

test('takes a module from the folder, and does not rewrite it', async () => {
  await new RewriteCache(folder).get(sample);
  const entry = await only();
  const { ino } = await stat(entry);
  await utimes(entry, 1000, 1000);
  await new RewriteCache(folder).get(sample);
  const after = await stat(entry);
  expect(after.ino).toBe(ino);
  // It counts as used.
  expect(after.mtimeMs).toBeGreaterThan(Date.now() - 60_000);
});

test('another memory limit is another entry', async () => {
  const cache = new RewriteCache(folder);
  expect((await cache.get(sample, { memoryMax: 131_072 })).memory.maximumPages).toBe(2);
  expect((await cache.get(sample, { memoryMax: 262_144 })).memory.maximumPages).toBe(4);
  expect((await cache.get(sample)).memory.maximumPages).toBe(9);
  expect(await readdir(folder)).toHaveLength(3);
});

test.for([
  ['cut off', (path: string) => truncate(path, 100)],
  ['empty', (path: string) => truncate(path, 0)],
  ['of other content', (path: string) => writeFile(path, 'x\ny\nz')],
  [
    'with one bit changed',
    async (path: string) => {
      const bytes = await readFile(path);
      bytes[bytes.length - 20] = (bytes[bytes.length - 20] as number) ^ 4;
      await writeFile(path, bytes);
    },
  ],
] as const)('an entry that is %s is made again', async ([, damage]) => {
  const made = await new RewriteCache(folder).get(sample);
  const entry = await only();
  const whole = await readFile(entry);
  await damage(entry);
  expect(await new RewriteCache(folder).get(sample)).toEqual(made);
  expect(await readFile(await only())).toEqual(whole);
});

test('what cannot be rewritten is refused each time and leaves nothing', async () => {
  const cache = new RewriteCache(folder);
  for (let time = 0; time < 2; time++) {
    await expect(cache.get(Buffer.from('text'))).rejects.toMatchObject({
      name: 'RewriteError',
      code: 'invalid',
    });
  }
  await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('many at once make one entry and no leftovers', async () => {
  const caches = Array.from({ length: 10 }, () => new RewriteCache(folder));
  const all = await Promise.all(caches.flatMap((cache) => [cache.get(sample), cache.get(sample)]));
  for (const one of all) expect(one).toEqual(all[0]);
  await only();
});

test('keeps what was used last', async () => {
  const cache = new RewriteCache(folder, { entries: 3 });
  const names: string[] = [];
  for (const value of [1, 2, 3]) {
    await cache.get(assemble(text(value)));
    const added = (await readdir(folder)).find((name) => !names.includes(name));
    names.push(added as string);
    await utimes(join(folder, added as string), 1000 + value, 1000 + value);
  }
  await cache.get(assemble(text(1)));
  for (const value of [4, 5]) await cache.get(assemble(text(value)));
  const left = await readdir(folder);
  expect(left).toHaveLength(3);
  expect(names.map((name) => left.includes(name))).toEqual([true, false, false]);
});

test('removes what others left unfinished once it is old', async () => {
  const cache = new RewriteCache(folder);
  await cache.get(sample);
  for (const name of ['.old', '.new']) await writeFile(join(folder, name), '');
  await utimes(join(folder, '.old'), 1000, 1000);
  await cache.get(assemble(text(2)));
  const names = await readdir(folder);
  expect(names).toContain('.new');
  expect(names).not.toContain('.old');
});

test('limits the bytes too', async () => {
  await new RewriteCache(folder).get(sample);
  const { size } = await stat(await only());
  const cache = new RewriteCache(folder, { bytes: size * 2 + 10 });
  for (const value of [2, 3, 4, 5]) await cache.get(assemble(text(value)));
  expect(await readdir(folder)).toHaveLength(2);
});

test('a folder that cannot be made costs time and nothing else', async () => {
  await writeFile(join(root, 'file'), '');
  const cache = new RewriteCache(join(root, 'file', 'modules'));
  expect(await cache.get(sample)).toEqual(rewriteModule(sample));
});
