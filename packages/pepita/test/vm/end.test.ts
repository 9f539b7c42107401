import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootMachine, type Machine, type Rootfs } from '../../src/index.ts';
import { execIn, shutDown } from './guest.ts';
import { mebibyte, removeAll, rootfsOf, testMachine, testState, vmsOf } from './harness.ts';

const stateDirectory = testState();
let machine: Machine;
let rootfs: Rootfs;
const request = { memory: 128 * mebibyte, vcpus: 1 };

beforeAll(async () => {
  machine = await testMachine(stateDirectory);
  rootfs = await rootfsOf(machine, '/bin/sh');
});
afterAll(() => removeAll(machine));

async function signal(vmId: string, name: NodeJS.Signals): Promise<void> {
  const status = await machine.vmm.status(vmId);
  if ('pid' in status) process.kill(status.pid, name);
}

async function panic(vmId: string): Promise<void> {
  await execIn(machine, vmId, '/bin/sh', '-c', 'echo c > /proc/sysrq-trigger').catch(() => undefined);
}

describe('the end of a VM is known to whoever asks later:', () => {
  test.each<[string, string, (vmId: string) => Promise<void>]>([
    ['poweroff', 'the guest switched itself off', (vmId) => shutDown(machine, vmId, 0)],
    ['reboot', 'the guest wanted to start again', (vmId) => shutDown(machine, vmId, 1)],
    ['panic', 'the kernel of the guest gave up', (vmId) => panic(vmId)],
    ['killed', 'SIGKILL', (vmId) => signal(vmId, 'SIGKILL')],
    ['crash', 'SIGABRT', (vmId) => signal(vmId, 'SIGABRT')],
    ['crash', 'SIGSEGV', (vmId) => signal(vmId, 'SIGSEGV')],
    ['quit', 'SIGTERM', (vmId) => signal(vmId, 'SIGTERM')],
  ])('%s (%s)', async (end, name, act) => {
    const vmId = `ends-${name.replaceAll(' ', '-')}`;
    await bootMachine(machine, { ...request, vmId, rootfs });
    const waiting = machine.vmm.wait(vmId);
    await act(vmId);
    expect(await waiting).toMatchObject({ state: 'ended', end });
    expect(await machine.vmm.status(vmId)).toMatchObject({ state: 'ended', end });
    await machine.vmm.remove(vmId);
  });

  test('panic, before the guest could tell QEMU', async () => {
    const booting = bootMachine(machine, {
      ...request,
      vmId: 'panics',
      rootfs,
      template: false,
      commandLine: 'rdinit=/nowhere root=/dev/nothing',
    });
    await expect(booting).rejects.toThrow(
      /^The VM does not come up: The guest kernel panicked before its agent answered: .*Kernel panic - not syncing/,
    );
    expect(vmsOf(machine)).toEqual([]);
  });

  test('QEMU that refuses its arguments says why', async () => {
    const booting = bootMachine(machine, {
      ...request,
      vmId: 'refused',
      rootfs,
      cpu: 'none',
      template: false,
    });
    await expect(booting).rejects.toThrow(/QEMU does not start: qemu.*unable to find CPU model 'none'/);
    expect(vmsOf(machine)).toEqual([]);
  });
});
