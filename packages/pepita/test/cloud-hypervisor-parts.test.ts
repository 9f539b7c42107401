import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { endOfCloudHypervisor } from '../src/cloud-hypervisor/cloud-hypervisor-end.ts';
import {
  isOver,
  type MonitorEvent,
  parseEvents,
  readMonitor,
  untilOver,
} from '../src/cloud-hypervisor/events.ts';
import { vmConfigBody } from '../src/cloud-hypervisor/requests.ts';
import { packSnapshot, unpackSnapshot } from '../src/cloud-hypervisor/snapshot-file.ts';
import { testFolder } from './helpers.ts';
import { mebibyte } from './stand-ins/harness.ts';

const folder = testFolder();

test('the configuration of a VM of cloud-hypervisor', () => {
  const config = { accel: 'kvm', vcpus: 2, memory: 128 * mebibyte, kernel: '/k', initramfs: '/i' } as const;
  expect(vmConfigBody({ ...config, disk: '/cache/image' })).toEqual({
    cpus: { boot_vcpus: 2, max_vcpus: 2 },
    memory: { size: 134_217_728 },
    payload: {
      kernel: '/k',
      initramfs: '/i',
      cmdline:
        'console=ttyS0 8250.nr_uarts=1 loglevel=4 panic=-1 i8042.noaux i8042.nokbd cryptomgr.notests random.trust_cpu=on rcupdate.rcu_expedited=1 duende.vsock=25717 duende.after=poweroff',
    },
    disks: [{ path: 'disk', readonly: true }],
    rng: { src: '/dev/urandom' },
    serial: { mode: 'Tty' },
    console: { mode: 'Off' },
    vsock: { cid: 3, socket: 'agent' },
    pvpanic: true,
  });
  expect(vmConfigBody(config)).not.toHaveProperty('disks');
});

describe('events', () => {
  const event = (source: string, name: string): MonitorEvent => ({ source, event: name });
  const text = (one: MonitorEvent): string =>
    `${JSON.stringify({ timestamp: { secs: 1, nanos: 2 }, ...one, properties: null }, undefined, 2)}\n\n`;

  test('are read from a file whose end is not written yet', () => {
    const all = [event('vm', 'booting'), event('vm', 'booted')];
    expect(parseEvents(`${all.map(text).join('')}{\n  "timestamp": {`)).toEqual(all);
    expect(parseEvents('')).toEqual([]);
    expect(parseEvents('null\n\n[1]\n\n{"source": 1, "event": "x"}\n\n')).toEqual([]);
  });

  test.each<[string, MonitorEvent[], Parameters<typeof endOfCloudHypervisor>[1], string]>([
    ['poweroff', [event('vm', 'shutdown')], { code: 0 }, ''],
    ['panic', [event('guest', 'panic'), event('vm', 'rebooting')], { signal: 'SIGKILL' }, ''],
    ['panic', [event('vm', 'rebooting')], { signal: 'SIGKILL' }, 'Kernel panic - not syncing: x'],
    ['reboot', [event('vm', 'rebooting')], { signal: 'SIGKILL' }, ''],
    ['killed', [event('vm', 'booted')], { signal: 'SIGKILL' }, ''],
    ['crash', [], { signal: 'SIGABRT' }, ''],
    ['crash', [], { code: 1 }, ''],
    ['crash', [], undefined, ''],
  ])('tell the end of a VM: %s, %o, %o, %j', (end, events, exit, console) => {
    expect(endOfCloudHypervisor(events, exit, console)).toBe(end);
  });

  test('are waited for', async () => {
    const vm = join(folder, 'vm');
    mkdirSync(vm);
    writeFileSync(join(vm, 'events'), text(event('vm', 'booted')));
    await expect(untilOver(vm, AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' });
    const over = untilOver(vm, AbortSignal.timeout(5000));
    appendFileSync(join(vm, 'events'), text(event('vm', 'rebooting')));
    await over;
    expect(isOver(await readMonitor(vm))).toBe(true);
    expect(await readMonitor(join(folder, 'none'))).toEqual([]);
  });
});

describe('a snapshot of cloud-hypervisor as two files', () => {
  const file = join(folder, 'state');
  const memory = join(folder, 'memory');
  const write = async (url: string): Promise<void> => {
    const parts = url.slice('file://'.length);
    writeFileSync(join(parts, 'config.json'), '{"a": 1}');
    writeFileSync(join(parts, 'state.json'), '{"b": 2}');
    writeFileSync(join(parts, 'memory-ranges'), 'memory');
  };
  beforeAll(() => packSnapshot({ file, memory }, write));

  test('is laid out again as it was', async () => {
    const target = join(folder, 'snapshot');
    expect(await unpackSnapshot(file, memory, target)).toBe(`file://${target}`);
    const read = (name: string) => readFileSync(join(target, name), 'utf8');
    expect(['config.json', 'state.json', 'memory-ranges'].map(read)).toEqual([
      '{"a": 1}',
      '{"b": 2}',
      'memory',
    ]);
  });

  test.each(['', '{', 'null', '{"format": "cloud-hypervisor-1", "parts": {"config.json": ""}}'])(
    'is not %j',
    async (content) => {
      const damaged = join(folder, 'damaged');
      writeFileSync(damaged, content);
      await expect(unpackSnapshot(damaged, memory, join(folder, 'none'))).rejects.toThrow(/is damaged/);
    },
  );

  test('leaves nothing when it is not written', async () => {
    const broken = join(folder, 'broken');
    const fail = () => Promise.reject(new Error('the disk is full'));
    await expect(packSnapshot({ file: broken, memory: `${broken}.memory` }, fail)).rejects.toThrow(
      'the disk is full',
    );
    expect(() => readFileSync(`${broken}.parts`)).toThrow(/ENOENT/);
  });
});
