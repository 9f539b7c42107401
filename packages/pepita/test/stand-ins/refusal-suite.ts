/** Starts that fail, by a driver on its stand-in: one line why, and nothing is left. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { VmConfig } from '../../src/qemu/vm-config.ts';
import { type Host, type Kind, makeHost, processesAt, removeAll, vmsOf } from './harness.ts';

export function refusalSuite(kind: Kind, title: string, folder: () => string): void {
  describe(`${kind} does not start`, () => {
    let host: Host;
    beforeAll(() => {
      host = makeHost(kind, join(folder(), 'refusals'));
    });
    afterEach(() => removeAll(host));

    test.each<[string, Partial<VmConfig>]>([
      ['a kernel that is not there', { kernel: '/no/kernel' }],
      ['an initramfs that is not there', { initramfs: '/no/initramfs' }],
    ])('with %s', async (_, part) => {
      await expect(host.vmm.start('vm', { ...host.config, ...part })).rejects.toMatchObject({
        code: 'SpawnFailed',
        reason: 'exec-failed',
        message: expect.stringMatching(
          new RegExp(`^${title} does not start: [^\n]*(no such file|ENOENT)[^\n]*$`, 'i'),
        ),
      });
      expect(vmsOf(host)).toEqual([]);
      expect(processesAt(host.paths.vm('vm'))).toEqual([]);
    });

    test('with a disk that is not there', async () => {
      const started = host.vmm.start('vm', { ...host.config, disk: '/no/disk' });
      await expect(started).rejects.toThrow('There is no disk image /no/disk');
      expect(vmsOf(host)).toEqual([]);
    });

    test.each<[string, Partial<VmConfig>]>([
      ['platform.pepita.accel', { accel: 'tcg' }],
      ['platform.pepita.cpu', { cpu: 'Nehalem-v1' }],
      ['platform.pepita.network', { network: { ports: [], outbound: true } }],
      ['restart', { restart: { delay: 1, factor: 1, maxDelay: 1, maxRestarts: 1, window: 1 } }],
      ['platform.pepita.vcpus', { vcpus: 0 }],
      ['platform.pepita.vcpus', { vcpus: 300 }],
      ['resources.memoryMax', { memory: 1024 ** 2 + 1 }],
    ])('with what it cannot do, by its name: %s', async (field, part) => {
      await expect(host.vmm.start('vm', { ...host.config, ...part })).rejects.toMatchObject({
        code: 'Config',
        reason: 'invalid-setting',
        field,
      });
      expect(vmsOf(host)).toEqual([]);
    });

    test('when it ends at once, with what it said', async () => {
      const { vmm, config, ...other } = makeHost(kind, join(folder(), 'ends'), { fault: 'ends' });
      await expect(vmm.start('vm', config)).rejects.toMatchObject({
        reason: 'exec-failed',
        message: expect.stringMatching(new RegExp(`^${title} does not start: [^\n]*it was told to end$`)),
      });
      expect(vmsOf({ vmm, config, ...other })).toEqual([]);
      await vmm.close();
    });

    test('where KVM is there and does not work, and says what to do', async () => {
      const { vmm, config, ...other } = makeHost(kind, join(folder(), 'no kvm'), { fault: 'no-kvm' });
      await expect(vmm.start('vm', config)).rejects.toMatchObject({
        reason: 'unavailable',
        message: expect.stringContaining('No such device'),
        hint: expect.stringContaining('QEMU'),
      });
      expect(vmsOf({ vmm, config, ...other })).toEqual([]);
      await vmm.close();
    });

    test('from a program that is not there', async () => {
      const { Driver } = { Driver: host.vmm.constructor as new (options: unknown) => Host['vmm'] };
      const vmm = new Driver({
        stateDirectory: host.stateDirectory,
        program: '/no/program',
        kvmDevice: '/dev/null',
      });
      await expect(vmm.start('vm', host.config)).rejects.toMatchObject({ code: 'SpawnFailed' });
      expect(vmsOf(host)).toEqual([]);
      await vmm.close();
    });
  });

  test(`${kind} starts in a folder whose path is longer than that of a socket may be`, async () => {
    const long = join(folder(), 'a'.repeat(120), 'b'.repeat(60));
    mkdirSync(long, { recursive: true });
    const host = makeHost(kind, long);
    await host.vmm.start('vm', host.config);
    await host.vmm.pause('vm');
    expect(await host.vmm.status('vm')).toMatchObject({ state: 'paused' });
    await removeAll(host);
    expect(vmsOf(host)).toEqual([]);
  });
}
