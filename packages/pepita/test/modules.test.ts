import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { collectModules } from '../src/kernel/modules.ts';
import { canMount, dependenciesOf, selectModules, withDependencies } from '../src/kernel/vmm-modules.ts';
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
    const { modules: found, builtIn } = await collectModules(plant('whole', tree));
    expect(builtIn).toEqual(['overlay']);
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

describe('modules of a guest', () => {
  const modules = [
    ...[
      'virtio_ring',
      'virtio',
      'virtio_mmio',
      'virtio_console',
      'virtio_blk',
      'virtio_rng',
      'erofs',
      'overlay',
    ],
    ...['vsock', 'vmw_vsock_virtio_transport', 'virtio_pci', 'pvpanic', 'pvpanic_mmio', 'pvpanic_pci'],
  ].map((name) => {
    const needs = {
      virtio: 'virtio_ring',
      vmw_vsock_virtio_transport: 'vsock,virtio',
      erofs: '',
      overlay: '',
    };
    const usual = name.startsWith('virtio_') && name !== 'virtio_ring' ? 'virtio' : '';
    return { name, data: moduleOf((needs as Readonly<Record<string, string>>)[name] ?? usual) };
  });
  const others = ['virtio_ring', 'virtio', 'virtio_blk', 'virtio_rng', 'erofs', 'overlay'];

  test.each([
    ['qemu', ['virtio_mmio', 'virtio_console', 'pvpanic_mmio']],
    ['firecracker', ['virtio_mmio', 'vsock', 'vmw_vsock_virtio_transport']],
    ['cloud-hypervisor', ['vsock', 'vmw_vsock_virtio_transport', 'virtio_pci', 'pvpanic_pci']],
  ] as const)('of %s are those of its devices, in their order', (kind, own) => {
    const names = selectModules(kind, modules, []).map(({ name }) => name);
    expect(names.toSorted()).toEqual([...others, ...own].toSorted());
    const order = modules.map(({ name }) => name);
    expect(names).toEqual(names.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
  });

  test('may be in the kernel itself, and are refused by name where they are not', () => {
    const without = modules.filter(({ name }) => name !== 'vmw_vsock_virtio_transport');
    expect(() => selectModules('qemu', without, [])).not.toThrow();
    expect(() => selectModules('firecracker', without, [])).toThrow(
      'The kernel for guests has no vmw_vsock_virtio_transport, which those of Firecracker need',
    );
    expect(() => selectModules('firecracker', without, ['vmw_vsock_virtio_transport'])).not.toThrow();
    expect(selectModules('firecracker', [], undefined)).toEqual([]);
  });
});

describe('modules of a root that was given', () => {
  const files = {
    ...tree,
    'kernel/fs/squashfs.ko': moduleOf(''),
    'kernel/fs/ext4.ko': moduleOf('jbd2'),
    'kernel/fs/jbd2.ko': moduleOf(''),
  };

  test('are collected with what they need, and are not those of every guest', async () => {
    const { modules } = await collectModules(plant('roots', files));
    expect(withDependencies(modules, ['ext4']).map(({ name }) => name)).toEqual(['jbd2', 'ext4']);
    const usual = selectModules('qemu', modules, ['overlay']).map(({ name }) => name);
    expect(usual).toContain('erofs');
    expect(usual.filter((name) => /ext4|jbd2|squashfs/.test(name))).toEqual([]);
  });

  test.each<[boolean, string, { modules: { name: string }[]; builtIn?: string[] }]>([
    [true, 'a module', { modules: [{ name: 'squashfs' }], builtIn: [] }],
    [true, 'in the kernel', { modules: [], builtIn: ['squashfs'] }],
    [true, 'of a file that was given: who knows', { modules: [] }],
    [false, 'missing', { modules: [{ name: 'erofs' }], builtIn: ['ext4'] }],
  ])('%s: %s', (can, _, kernel) => {
    expect(canMount(kernel, 'squashfs')).toBe(can);
  });
});
