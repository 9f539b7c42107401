import { chmodSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ImageCache } from '../src/cache.ts';
import type { FileIdentity } from '../src/identity.ts';
import { isSettled } from '../src/identity.ts';
import { buildImage, planProgram } from '../src/index.ts';
import { bytesOf, platform, testFolder } from './helpers.ts';

const folder = testFolder();
const shell = realpathSync('/bin/sh');

async function build(cacheDirectory: string) {
  const plan = await planProgram({ program: shell, platform, cacheDirectory });
  return { plan, image: await buildImage(plan, { cacheDirectory }) };
}

const fileOf = (directory: string): string => join(directory, 'images.json');
const read = (directory: string) => JSON.parse(readFileSync(fileOf(directory), 'utf8'));

/** A cache that says something wrong about the shell: whoever believes it has not read the shell. */
function spoil(directory: string): void {
  const cache = read(directory);
  const { ino, size } = statSync(shell);
  const key = Object.keys(cache.digests).find((key) => key.includes(`:${ino}:${size}:`));
  expect(key).toBeDefined();
  cache.digests[key as string] = 'f'.repeat(64);
  writeFileSync(fileOf(directory), JSON.stringify(cache));
}

const identity = (inode: string, changed = '1'): FileIdentity => ({
  device: '1',
  inode,
  size: 1,
  modified: '1',
  changed,
});

describe('digests', () => {
  test('are remembered: the second build reads no content', async () => {
    const directory = join(folder, 'second');
    const { image } = await build(directory);
    expect((await build(directory)).image.key).toBe(image.key);
    spoil(directory);
    expect((await build(directory)).image.key).not.toBe(image.key);
  });

  test('that turn out to be wrong are forgotten, and no image is made of them', async () => {
    const directory = join(folder, 'wrong');
    const { image } = await build(directory);
    spoil(directory);
    const wrong = await build(directory);
    await expect(bytesOf(wrong.image)).rejects.toThrow(`${shell} has changed`);
    const again = await build(directory);
    expect(again.image.key).toBe(image.key);
    expect((await bytesOf(again.image)).length).toBe(image.sizeBytes);
  });

  test('of a file that has just been written are not remembered', () => {
    const now = Date.now();
    expect(isSettled(identity('1', `${now - 100}000000`), now)).toBe(false);
    expect(isSettled(identity('1', `${now - 10_000}000000`), now)).toBe(true);
  });
});

test('loader answers are remembered', async () => {
  const directory = join(folder, 'loader');
  const { plan } = await build(directory);
  const cache = read(directory);
  const [key] = Object.keys(cache.libraries);
  expect(key?.startsWith(`${shell}|`)).toBe(true);
  // Whoever believes this has not asked the loader.
  cache.libraries[key as string] = [];
  writeFileSync(fileOf(directory), JSON.stringify(cache));
  expect((await build(directory)).plan.entries.length).toBeLessThan(plan.entries.length);
  // A library that is not any more what it was: asked again.
  const { path, name } = { path: shell, name: 'libx.so' };
  cache.libraries[key as string] = [{ path, name, identity: 'another' }];
  writeFileSync(fileOf(directory), JSON.stringify(cache));
  expect((await build(directory)).plan.entries).toEqual(plan.entries);
});

test.each([
  ['empty', ''],
  ['cut off', '{"version":1,"digests":{"1'],
  ['of another version', '{"version":999,"digests":{},"libraries":{}}'],
  ['of another shape', '{"version":1,"digests":{"1:1":7},"libraries":{"x":[{"path":1}],"y":null}}'],
  ['null', 'null'],
])('a cache file that is %s', async (_, text) => {
  const directory = join(folder, 'damaged');
  const { image } = await build(directory);
  writeFileSync(fileOf(directory), text);
  expect((await build(directory)).image.key).toBe(image.key);
  expect(Object.keys(read(directory).digests).length).toBeGreaterThan(2);
});

test('a cache file that others may write is not believed', async () => {
  const directory = join(folder, 'open');
  const { image } = await build(directory);
  spoil(directory);
  chmodSync(fileOf(directory), 0o666);
  expect((await build(directory)).image.key).toBe(image.key);
});

test('the cache is private, and two at once lose nothing and leave nothing behind', async () => {
  const directory = join(folder, 'two');
  const first = new ImageCache(directory);
  const second = new ImageCache(directory);
  first.setDigest(identity('1'), 'a'.repeat(64));
  second.setDigest(identity('2'), 'b'.repeat(64));
  await first.save();
  await second.save();
  const both = new ImageCache(directory);
  expect(both.digest(identity('1'))).toBe('a'.repeat(64));
  expect(both.digest(identity('2'))).toBe('b'.repeat(64));
  expect(readdirSync(directory)).toEqual(['images.json']);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(fileOf(directory)).mode & 0o777).toBe(0o600);
});

test('a folder that cannot be written makes images all the same', async () => {
  writeFileSync(fileOf(folder), '');
  const { image } = await build(join(fileOf(folder), 'below-a-file'));
  expect(image.key).toMatch(/^[0-9a-f]{64}$/);
});
