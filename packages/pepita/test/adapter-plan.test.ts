import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSpec } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { fileSystemOf, givenRootfs } from '../src/adapter/given-rootfs.ts';
import { straceCommand } from '../src/adapter/guest-strace.ts';
import { memoryOf, networkOf } from '../src/adapter/plan-vm.ts';
import { readSettings } from '../src/adapter/read-settings.ts';
import { vcpusOf } from '../src/adapter/vcpus.ts';
import { vmIdOf } from '../src/adapter/vm-name.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();

const mebibyte = 1024 ** 2;
const specOf = (given: object = {}) => parseSpec({ name: 'web', program: '/bin/true', ...given }, 'pepita');
const settingsOf = (pepita: object = {}) => readSettings(specOf({ platform: { pepita } }));

describe('memory of a guest', () => {
  test('is 256 MiB for a program, 512 for Node', () => {
    expect(memoryOf(specOf(), {})).toBe(256 * mebibyte);
    expect(memoryOf(parseSpec({ name: 'web', module: '/m.ts' }, 'pepita'), {})).toBe(512 * mebibyte);
  });

  test('has room for the limit of the daemon, in few sizes', () => {
    const withLimit = (memoryMax: string) => memoryOf(specOf({ resources: { memoryMax } }), {}) / mebibyte;
    expect([withLimit('64M'), withLimit('160M'), withLimit('161M'), withLimit('1G')]).toEqual([
      256, 256, 512, 2048,
    ]);
  });

  test('is what the spec says', () => {
    expect(memoryOf(specOf({ resources: { memoryMax: '1G' } }), { memory: 128 * mebibyte })).toBe(
      128 * mebibyte,
    );
  });
});

test('processors are enough for the quota', () => {
  const withQuota = (cpuQuota: number) => vcpusOf(specOf({ resources: { cpuQuota } }), {});
  expect([vcpusOf(specOf(), {}), withQuota(0.25), withQuota(1.5), withQuota(900)]).toEqual([1, 1, 2, 64]);
  expect(vcpusOf(specOf({ resources: { cpuQuota: 4 } }), { vcpus: 2 })).toBe(2);
});

test('a network only when it is asked for', () => {
  expect(networkOf(specOf(), settingsOf())).toBeUndefined();
  expect(networkOf(specOf(), settingsOf({ network: 'user' }))).toEqual({ outbound: true, ports: [] });
  expect(networkOf(specOf({ sandbox: { network: 'host' } }), settingsOf())).toEqual({
    outbound: true,
    ports: [],
  });
  expect(
    networkOf(
      specOf(),
      settingsOf({
        ports: [
          { guest: 80, host: 8080 },
          { guest: 53, protocol: 'udp' },
        ],
      }),
    ),
  ).toEqual({
    outbound: false,
    ports: [
      { protocol: 'tcp', hostPort: 8080, guestPort: 80 },
      { protocol: 'udp', hostPort: 53, guestPort: 53 },
    ],
  });
});

describe('the id of a VM', () => {
  test('has the name of its daemon', () => {
    expect(vmIdOf('web')).toBe('duende-vm-web');
    expect(vmIdOf('a'.repeat(53))).toBe(`duende-vm-${'a'.repeat(53)}`);
  });

  test('is cut for a long name, and stays its own', () => {
    const [first, second] = [vmIdOf(`${'a'.repeat(60)}b`), vmIdOf(`${'a'.repeat(60)}c`)];
    expect(first).toMatch(/^duende-vm-a{40}\.[0-9a-f]{12}$/);
    expect(first).toHaveLength(63);
    expect(second).not.toBe(first);
  });
});

test('file systems are known by their begin', () => {
  const head = (offset: number, magic: string) =>
    Buffer.concat([Buffer.alloc(offset), Buffer.from(magic, 'hex'), Buffer.alloc(900)]);
  expect(fileSystemOf(head(1024, 'e2e1f5e0'))).toBe('erofs');
  expect(fileSystemOf(head(1080, '53ef'))).toBe('ext4');
  expect(fileSystemOf(head(0, '68737173'))).toBe('squashfs');
  expect(fileSystemOf(Buffer.alloc(2048))).toBeUndefined();
});

test('a root that the kernel cannot mount is refused by name', async () => {
  const file = join(folder, 'root.squashfs');
  writeFileSync(file, Buffer.concat([Buffer.from('hsqs'), Buffer.alloc(4092)]));
  const kernel = { version: '6.1', file: '/k', key: 'k', builtIn: ['ext4'] };
  await expect(givenRootfs(file, { ...kernel, modules: [] })).rejects.toMatchObject({
    code: 'Config',
    field: 'platform.pepita.rootfs',
    message: 'platform.pepita.rootfs: the kernel 6.1 cannot mount squashfs',
    hint: expect.stringContaining('pepita setup'),
  });
  const modules = [{ name: 'squashfs', file: '/m', sha256: 's' }];
  expect(await givenRootfs(file, { ...kernel, modules })).toMatchObject({ type: 'squashfs', diskSize: 4096 });
});

test('strace is started by its own loader, with its own libraries; a static one by itself', () => {
  const entries = [
    { path: '/usr/bin/strace', type: 'file' },
    { path: '/lib', type: 'symlink' },
    { path: '/lib64/ld-linux-x86-64.so.2', type: 'symlink' },
    { path: '/usr/lib/x86_64-linux-gnu', type: 'directory' },
    { path: '/usr/lib/x86_64-linux-gnu/libc.so.6', type: 'file' },
  ] as const;
  expect(straceCommand(entries, '/usr/bin/strace')).toEqual([
    '/run/duende-strace/lib64/ld-linux-x86-64.so.2',
    '--library-path',
    '/run/duende-strace/lib64:/run/duende-strace/usr/lib/x86_64-linux-gnu',
    '/run/duende-strace/usr/bin/strace',
  ]);
  expect(straceCommand(entries.slice(0, 1), '/usr/bin/strace')).toEqual([
    '/run/duende-strace/usr/bin/strace',
  ]);
});
