import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { collectModules, dependenciesOf } from '../src/kernel/modules.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();
const moduleOf = (depends: string): Buffer =>
  Buffer.from(`\x7fELF\0license=GPL\0depends=${depends}\0name=x\0`);

const tree: Readonly<Record<string, Buffer>> = {
  'kernel/virtio/virtio.ko': moduleOf('virtio_ring'),
  'kernel/virtio/virtio_ring.ko': moduleOf(''),
  'kernel/virtio/virtio_mmio.ko': moduleOf('virtio,virtio_ring'),
  'kernel/char/virtio_console.ko': moduleOf('virtio'),
  'kernel/block/virtio_blk.ko.gz': gzipSync(moduleOf('virtio')),
  'kernel/char/virtio-rng.ko.zst': zstdCompressSync(moduleOf('virtio,rng-core')),
  'kernel/fs/erofs.ko': moduleOf('libcrc32c'),
  'kernel/lib/libcrc32c.ko': moduleOf(''),
  'kernel/misc/pvpanic-mmio.ko': moduleOf('pvpanic'),
  'kernel/misc/pvpanic.ko': moduleOf(''),
  'kernel/other.ko': moduleOf(''),
};

function plant(name: string, files: Readonly<Record<string, Buffer>>): string {
  const root = join(folder, name);
  for (const [path, data] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), data);
  }
  writeFileSync(join(root, 'modules.builtin'), 'kernel/fs/overlay.ko\nkernel/drivers/char/rng-core.ko\n');
  return root;
}

describe('modules of a kernel package', () => {
  test('come after those that they need, unpacked, without others and built-in ones', async () => {
    const found = await collectModules(plant('whole', tree));
    expect(found.map(({ name }) => name)).toEqual([
      ...['virtio_ring', 'virtio', 'virtio_mmio', 'virtio_console', 'virtio_blk', 'virtio_rng'],
      ...['libcrc32c', 'erofs', 'pvpanic', 'pvpanic_mmio'],
    ]);
    expect(found.find(({ name }) => name === 'virtio_blk')?.data).toEqual(moduleOf('virtio'));
  });

  test('that are missing and not built in are told', async () => {
    const { 'kernel/lib/libcrc32c.ko': _, ...rest } = tree;
    await expect(collectModules(plant('part', rest))).rejects.toThrow('has no module libcrc32c');
  });

  test('say what they need', () => {
    expect(dependenciesOf(moduleOf('a-b,c'))).toEqual(['a_b', 'c']);
    expect(dependenciesOf(Buffer.from('nothing'))).toEqual([]);
  });
});
