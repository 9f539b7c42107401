import { parseSpec } from '@duende/core';
import { statePageSize } from '@duende/program';
import { describe, expect, test } from 'vitest';
import type { VmRecord } from '../src/adapter/vm-record.ts';
import { rehearsalsOf } from '../src/spare/rehearsal.ts';
import { mayBeSpare, spareKey } from '../src/spare/spare-key.ts';

const record: VmRecord = {
  vmId: 'duende-vm-web',
  cid: 3,
  vcpus: 1,
  memory: 256,
  template: true,
  rootfs: { key: 'k', diskSize: 1, type: 'erofs' },
  readOnly: false,
  writable: [],
  program: '/srv/web',
  argv: ['web', '--port', '80'],
  env: {},
  user: { uid: 1000, gid: 1001, groups: [1001] },
};
const specOf = (given: object = {}) => parseSpec({ name: 'web', program: '/srv/web', ...given }, 'pepita');
const keyOf = (given: object = {}, over: Partial<VmRecord> = {}) =>
  spareKey(specOf(given), { ...record, ...over });

describe('which VMs are alike', () => {
  test.each<[string, object, Partial<VmRecord>]>([
    ['name and numbers', { name: 'other' }, { vmId: 'duende-vm-other', cid: 4, machineId: 'spare-1-2-3' }],
    [
      'what is run, by whom',
      { args: ['x'] },
      { argv: ['web', 'x'], env: { A: '1' }, user: { uid: 0, gid: 0, groups: [] } },
    ],
    ['limits, which the guest is told later', { resources: { memoryMax: '32M' } }, {}],
    ['the root that can be written', {}, { readOnly: true, writable: ['/var'] }],
    ['where the image is', {}, { rootfs: { ...record.rootfs, file: '/cache/k' } }],
  ])('not by %s', (_, given, over) => {
    expect(keyOf(given, over)).toBe(keyOf());
  });

  test.each<[string, object, Partial<VmRecord>]>([
    ['memory', {}, { memory: 512 }],
    ['processors', {}, { vcpus: 2 }],
    ['the image', {}, { rootfs: { ...record.rootfs, key: 'other' } }],
    ['the kernel', {}, { kernel: '/k' }],
    ['the network', {}, { network: { outbound: true, ports: [] } }],
    ['what is in memory', {}, { warm: [] }],
    ['whether QEMU is started again', { restart: { policy: 'always' } }, {}],
  ])('by %s', (_, given, over) => {
    expect(keyOf(given, over)).not.toBe(keyOf({ restart: { policy: 'never' } }));
  });

  test('by the delays of restarts, where there are any', () => {
    const withDelay = (policy: string, delay: number) => keyOf({ restart: { policy, delay } });
    expect(withDelay('always', 10)).not.toBe(withDelay('always', 20));
    expect(withDelay('always', 10)).toBe(withDelay('on-failure', 10));
    expect(withDelay('never', 10)).toBe(withDelay('never', 20));
  });
});

test.each<[boolean, string, Partial<VmRecord>]>([
  [true, 'as it is without settings', {}],
  [true, 'with a network', { network: { outbound: true, ports: [] } }],
  [
    false,
    'with a port',
    { network: { outbound: false, ports: [{ protocol: 'tcp', hostPort: 1, guestPort: 1 }] } },
  ],
  [false, 'of a root that is given', { rootfs: { ...record.rootfs, type: 'ext4' } }],
  [false, 'that is booted always', { template: false }],
  [false, 'of Firecracker', { vmm: 'firecracker' }],
])('may be kept ready: %s, %s', (may, _, over) => {
  expect(mayBeSpare({ ...record, ...over })).toBe(may);
});

/** What a rehearsal tells the guest, by tag. */
function told(given: object, over: Partial<VmRecord> = {}): { has: (tag: number) => string[] }[] {
  return rehearsalsOf(specOf(given), { ...record, ...over }).map(({ page, config }) => {
    expect(page.length).toBe(statePageSize);
    const frames: [number, string][] = [];
    for (let at = 4; at < config.length; at += 9 + config.readUInt32LE(at + 4)) {
      const text = config.toString('utf8', at + 8, at + 8 + config.readUInt32LE(at + 4));
      frames.push([config.readUInt32LE(at), text]);
    }
    return { has: (tag) => frames.filter(([found]) => found === tag).map(([, text]) => text) };
  });
}

describe('a rehearsal', () => {
  test('reads the program of the daemon, as root, and does not run it', () => {
    const [only, ...others] = told({});
    expect(others).toEqual([]);
    expect(only?.has(5)).toEqual(['/proc/1/exe']);
    expect(only?.has(6)).toEqual(['/proc/1/exe', 'read', '/srv/web']);
    expect(only?.has(9)).toEqual(expect.arrayContaining(['uid=0', 'gid=0']));
  });

  test('runs the programs that do nothing, where they are known, as the user', () => {
    const all = told(
      {},
      {
        warm: [
          ['/bin/node', '-e', '0'],
          ['/bin/node', '--version'],
        ],
      },
    );
    expect(all.map((one) => one.has(5))).toEqual([['/bin/node'], ['/bin/node']]);
    expect(all.map((one) => one.has(6))).toEqual([
      ['/bin/node', '-e', '0'],
      ['/bin/node', '--version'],
    ]);
    for (const one of all) expect(one.has(9)).toEqual(expect.arrayContaining(['uid=1000', 'gid=1001']));
  });

  test('has no limits, no restarts, no check and no network', () => {
    const resources = { memoryMax: '32M', cpuQuota: 0.5, pidsMax: 10 };
    const restart = { policy: 'always' };
    const health = { type: 'command', command: ['/srv/check'], interval: 1000 };
    const over = { healthCommand: '/srv/check', network: { outbound: true, ports: [] } };
    const [only] = told({ resources, restart, health }, over);
    const numbers = only?.has(9).join(' ') ?? '';
    expect(numbers).not.toMatch(/memory_max|cpu_max|pids_max/);
    expect(numbers).toMatch(/restart_policy=0\b/);
    expect(only?.has(13)).toEqual([]);
    expect(only?.has(100)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^net=/)]));
    expect(JSON.stringify([only?.has(6), only?.has(13)])).not.toContain('--port');
  });
});
