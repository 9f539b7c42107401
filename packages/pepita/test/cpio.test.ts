import { describe, expect, test } from 'vitest';
import { type CpioEntry, writeCpio } from '../src/initramfs/cpio.ts';
import { initramfsEntries } from '../src/initramfs/initramfs.ts';

interface Read {
  readonly name: string;
  readonly mode: number;
  readonly links: number;
  readonly device: readonly [number, number];
  readonly content: string;
}

const align = (value: number): number => Math.ceil(value / 4) * 4;

/** Reads an archive as the kernel's init/initramfs.c does. */
function readCpio(data: Buffer): Read[] {
  const found: Read[] = [];
  for (let at = 0; at < data.length; ) {
    expect(data.toString('latin1', at, at + 6)).toBe('070701');
    const number = (index: number): number =>
      Number.parseInt(data.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const [mode, links, size, nameSize] = [number(1), number(4), number(6), number(11)];
    const name = data.toString('utf8', at + 110, at + 110 + nameSize - 1);
    const start = align(at + 110 + nameSize);
    const content = data.toString('utf8', start, start + size);
    if (name === 'TRAILER!!!') return found;
    found.push({ name, mode, links, device: [number(9), number(10)], content });
    at = align(start + size);
  }
  throw new Error('no trailer');
}

describe('a cpio archive', () => {
  test('has every kind of entry', () => {
    const entries: CpioEntry[] = [
      { path: '/dev', type: 'directory', mode: 0o755 },
      { path: '/dev/console', type: 'device', mode: 0o600, major: 5, minor: 1 },
      { path: '/ünït', type: 'file', mode: 0o755, content: Buffer.from('#!') },
      { path: '/empty', type: 'file', mode: 0o644, content: Buffer.alloc(0) },
      { path: '/link', type: 'symlink', mode: 0o777, target: 'init' },
    ];
    expect(readCpio(writeCpio(entries))).toEqual([
      { name: 'dev', mode: 0o40755, links: 2, device: [0, 0], content: '' },
      { name: 'dev/console', mode: 0o20600, links: 1, device: [5, 1], content: '' },
      { name: 'ünït', mode: 0o100755, links: 1, device: [0, 0], content: '#!' },
      { name: 'empty', mode: 0o100644, links: 1, device: [0, 0], content: '' },
      { name: 'link', mode: 0o120777, links: 1, device: [0, 0], content: 'init' },
    ]);
  });

  test('of the same is the same', () => {
    const entries = (): CpioEntry[] => [{ path: '/a', type: 'file', mode: 0o644, content: Buffer.from('x') }];
    expect(writeCpio(entries()).equals(writeCpio(entries()))).toBe(true);
  });
});

test('an initramfs has the agent, its settings, and the modules in order; folders first', () => {
  const modules = ['virtio_ring', 'virtio'].map((name) => ({ name, data: Buffer.from(name) }));
  const entries = initramfsEntries({ agent: Buffer.from('agent'), modules, config: 'root=/dev/vda\n' });
  const read = readCpio(writeCpio(entries));
  const content = (name: string) => read.find((entry) => entry.name === name)?.content;
  expect(content('init')).toBe('agent');
  expect(content('etc/duende/agent.conf')).toBe('root=/dev/vda\n');
  expect(content('etc/duende/modules')).toBe('/lib/modules/virtio_ring.ko\n/lib/modules/virtio.ko\n');
  expect(content('lib/modules/virtio.ko')).toBe('virtio');
  const seen = new Set(['']);
  for (const { name } of read) {
    expect(seen).toContain(name.split('/').slice(0, -1).join('/'));
    seen.add(name);
  }
});

test('an initramfs has modules of roots that were given, listed apart, each module once', () => {
  const module = (name: string) => ({ name, data: Buffer.from(name) });
  const roots = { ext4: [module('crc'), module('ext4')], squashfs: [module('squashfs')] };
  const input = { agent: Buffer.from('agent'), modules: [module('virtio'), module('crc')], config: '' };
  const read = readCpio(writeCpio(initramfsEntries({ ...input, roots })));
  const content = (name: string) => read.find((entry) => entry.name === name)?.content;
  expect(content('etc/duende/modules')).toBe('/lib/modules/virtio.ko\n/lib/modules/crc.ko\n');
  expect(content('etc/duende/modules.ext4')).toBe('/lib/modules/crc.ko\n/lib/modules/ext4.ko\n');
  expect(content('etc/duende/modules.squashfs')).toBe('/lib/modules/squashfs.ko\n');
  const files = read.map(({ name }) => name).filter((name) => name.endsWith('.ko'));
  expect(files.toSorted()).toEqual(
    ['crc', 'ext4', 'squashfs', 'virtio'].map((name) => `lib/modules/${name}.ko`),
  );
});
