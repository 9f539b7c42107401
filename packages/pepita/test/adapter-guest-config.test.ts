import { parseSpec } from '@duende/core';
import { expect, test } from 'vitest';
import { firstPid, guestConfig } from '../src/adapter/guest-config.ts';
import type { VmRecord } from '../src/adapter/vm-record.ts';

const id = '4286f30c-ff71-40c4-92f1-dec51771c4c7';
const record: VmRecord = {
  vmId: 'duende-vm-web',
  cid: 3,
  vcpus: 1,
  memory: 1,
  template: true,
  rootfs: { key: 'k', diskSize: 1, type: 'erofs' },
  readOnly: false,
  writable: [],
  program: '/bin/sleep',
  argv: ['sleep', '60', ''],
  env: { A: 'b=c\n' },
  user: { uid: 65_532, gid: 65_533, groups: [65_533, 7] },
};

/** The frames of a configuration block, as the agent reads them. */
function frames(given: object = {}, over: Partial<VmRecord> = {}): [tag: number, value: string][] {
  const spec = parseSpec({ name: 'web', program: '/bin/sleep', ...given }, 'pepita');
  const block = guestConfig(id, spec, { ...record, ...over });
  expect(block.readUInt32LE(0)).toBe(block.length - 4);
  const found: [number, string][] = [];
  for (let at = 4; at < block.length; ) {
    const length = block.readUInt32LE(at + 4);
    found.push([block.readUInt32LE(at), block.toString('utf8', at + 8, at + 8 + length)]);
    expect(block[at + 8 + length]).toBe(0);
    at += 9 + length;
  }
  return found;
}

const values = (tag: number, ...given: Parameters<typeof frames>): string[] =>
  frames(...given)
    .filter(([found]) => found === tag)
    .map(([, value]) => value);

test('program, arguments, environment and groups arrive as they are', () => {
  expect(values(5)).toEqual(['/bin/sleep']);
  expect(values(6)).toEqual(['sleep', '60', '']);
  expect(values(7)).toEqual(['A=b=c\n']);
  expect(values(10)).toEqual(['65533', '7']);
});

test('numbers: who it is, its limits, and where its PIDs begin', () => {
  const resources = {
    memoryMax: '64M',
    pidsMax: 20,
    openFilesMax: 64,
    cpuQuota: 0.25,
    cpuWeight: 50,
    lockMemory: '1M',
  };
  const numbers = values(9, { resources, sandbox: { noNewPrivileges: true } });
  expect(numbers).toEqual(
    expect.arrayContaining([
      'uid=65532',
      'gid=65533',
      'open_files=64',
      'lock_memory=1048576',
      'no_new_privileges=1',
      'pids_max=20',
      'memory_max=67108864',
      'cpu_max=25000',
      'cpu_weight=50',
      'pid_base=4000',
    ]),
  );
  expect(
    values(9).filter(
      (number) => /max=|cpu_weight|open_files/.test(number) && !/^(restart|log)_/.test(number),
    ),
  ).toEqual([]);
});

test('settings of the machine', () => {
  expect(values(100)).toEqual(['vm=duende-vm-web', 'rootfs=erofs']);
  const network = { ports: [], outbound: false };
  expect(values(100, {}, { network, readOnly: true, writable: ['/var/x'] })).toEqual([
    'vm=duende-vm-web',
    'rootfs=erofs',
    'net=10.0.2.15/24,10.0.2.2,10.0.2.3',
    'readonly=1',
    'writable=/var/x',
  ]);
});

test('guests that are there at the same time have different PIDs', () => {
  const firsts = Array.from({ length: 4000 }, (_, index) => firstPid(index + 3));
  expect(new Set(firsts).size).toBe(4000);
  expect(Math.min(...firsts)).toBe(1000);
  expect(Math.max(...firsts)).toBeLessThan(4_194_304 - 1000);
});
