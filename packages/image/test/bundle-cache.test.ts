import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { findBundle, keepBundle } from '../src/bundle-cache.ts';
import {
  bundle,
  bundleAndKeep,
  bundleFile,
  entryOf,
  indexFile,
  marker,
  plantMarker,
  writeFiles,
} from './bundle-helpers.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();
const made = { recipe: 'r', evidence: [] };

describe('a damaged cache is not believed, and repaired:', () => {
  const cache = join(folder, 'damaged');
  const module = join(folder, 'project/daemon.ts');
  let text = '';
  beforeAll(async () => {
    writeFiles(join(folder, 'project'), { 'daemon.ts': `console.log('daemon');` });
    text = await bundleAndKeep(module, cache);
  });

  const file = (): string => bundleFile(cache, text);
  const whole = (): string => readFileSync(indexFile(cache), 'utf8');
  const entryWith = (more: object): string =>
    JSON.stringify({ version: 1, bundles: { [module]: { ...entryOf(cache, module), ...more } } });

  test.each<[string, () => void]>([
    ['an empty index', () => writeFileSync(indexFile(cache), '')],
    ['an index that is cut off', () => writeFileSync(indexFile(cache), whole().slice(0, -20))],
    ['an index of another version', () => writeFileSync(indexFile(cache), whole().replace('1', '999'))],
    ['null', () => writeFileSync(indexFile(cache), 'null')],
    ['no bundles', () => writeFileSync(indexFile(cache), '{"version":1,"bundles":7}')],
    ['an empty entry', () => writeFileSync(indexFile(cache), `{"version":1,"bundles":{"${module}":null}}`)],
    ['no evidence', () => writeFileSync(indexFile(cache), entryWith({ evidence: undefined }))],
    ['strange evidence', () => writeFileSync(indexFile(cache), entryWith({ evidence: [{ paths: 1 }] }))],
    ['a strange digest', () => writeFileSync(indexFile(cache), entryWith({ digest: '../x' }))],
    ['no index', () => rmSync(indexFile(cache))],
    ['no bundle', () => rmSync(file())],
    ['a bundle that is cut off', () => writeFileSync(file(), text.slice(1))],
    ['a bundle that others may write', () => chmodSync(file(), 0o666)],
    ['an index that others may write', () => chmodSync(indexFile(cache), 0o666)],
  ])('%s', async (_, damage) => {
    damage();
    expect(await bundle(module, cache)).toBe(text);
    expect(entryOf(cache, module)).toBeDefined();
    plantMarker(cache, module);
    expect(await bundle(module, cache)).toBe(marker);
    rmSync(indexFile(cache));
    await bundle(module, cache);
    expect(readFileSync(file(), 'utf8')).toBe(text);
  });
});

test('a bundle of another recipe is none', async () => {
  const cache = join(folder, 'recipe');
  await keepBundle(cache, '/m.ts', 'text', made);
  expect(findBundle(cache, '/m.ts', 'r')).toBe('text');
  expect(findBundle(cache, '/m.ts', 'another')).toBeUndefined();
  expect(findBundle(cache, '/n.ts', 'r')).toBeUndefined();
});

test('the files are private', async () => {
  const cache = join(folder, 'private');
  await keepBundle(cache, '/m.ts', 'text', made);
  expect(statSync(cache).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(cache)) expect(statSync(join(cache, name)).mode & 0o777).toBe(0o600);
});

test('the last bundle of a module goes, unless another module has the same', async () => {
  const cache = join(folder, 'last');
  await keepBundle(cache, '/m.ts', 'one', made);
  await keepBundle(cache, '/n.ts', 'one', made);
  await keepBundle(cache, '/m.ts', 'two', made);
  expect(existsSync(bundleFile(cache, 'one'))).toBe(true);
  await keepBundle(cache, '/n.ts', 'two', made);
  expect(readdirSync(cache).sort()).toEqual([bundleFile('', 'two'), 'bundles.json'].sort());
});

test('the fifty newest are kept', async () => {
  const cache = join(folder, 'many');
  for (let count = 1; count <= 53; count += 1) await keepBundle(cache, `/${count}.ts`, `${count}`, made);
  expect(readdirSync(cache)).toHaveLength(51);
  expect(findBundle(cache, '/3.ts', 'r')).toBeUndefined();
  expect(findBundle(cache, '/4.ts', 'r')).toBe('4');
  expect(findBundle(cache, '/53.ts', 'r')).toBe('53');
});

test('many at once leave a cache that can be read, and nothing else', async () => {
  const cache = join(folder, 'at-once');
  const all = Array.from({ length: 20 }, (_, index) => index);
  await Promise.all(all.map((index) => keepBundle(cache, '/m.ts', `text ${index % 3}`, made)));
  // Of two that end at the same time one may have removed the bundle of the other: that is made again.
  const found = findBundle(cache, '/m.ts', 'r');
  if (found !== undefined) expect(found).toMatch(/^text [012]$/);
  await keepBundle(cache, '/m.ts', 'text', made);
  expect(findBundle(cache, '/m.ts', 'r')).toBe('text');
  expect(readdirSync(cache).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('what a killed process has left is removed, what another is writing is not', async () => {
  const cache = join(folder, 'leftovers');
  await keepBundle(cache, '/m.ts', 'text', made);
  const id = '01234567-89ab-cdef-0123-456789abcdef';
  const old = [`.bundles.json-${id}`, bundleFile('', 'orphan'), `.${bundleFile('', 'half')}-${id}`];
  const young = [`.images.json-${id}`, bundleFile('', 'young')];
  for (const name of [...old, ...young, 'mine']) writeFileSync(join(cache, name), '');
  for (const name of [...old, 'mine']) utimesSync(join(cache, name), 1, 1);
  await keepBundle(cache, '/m.ts', 'text', made);
  const left = readdirSync(cache);
  for (const name of [...young, 'mine', bundleFile('', 'text')]) expect(left).toContain(name);
  for (const name of old) expect(left).not.toContain(name);
});

test('a folder that cannot be written bundles all the same', async () => {
  const module = join(writeFiles(join(folder, 'other'), { 'daemon.ts': '1;', file: '' }), 'daemon.ts');
  const below = join(folder, 'other/file/below');
  expect(await bundle(module, below)).toBe(await bundle(module));
  await keepBundle(below, module, 'text', made);
});
