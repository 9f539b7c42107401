import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { vmConfig } from '../../src/boot/machine.ts';
import { bootMachine, type Machine, type Rootfs, sayHello } from '../../src/index.ts';
import { mebibyte, removeAll, rootfsOf, testMachine, testState, vmsOf } from './harness.ts';

const stateDirectory = testState();
let machine: Machine;
let rootfs: Rootfs;
const request = { memory: 128 * mebibyte, vcpus: 1 };
const hello = (vmId: string) => sayHello(machine.paths.vm(vmId), AbortSignal.timeout(10_000));

beforeAll(async () => {
  machine = await testMachine(stateDirectory);
  rootfs = await rootfsOf(machine);
});
afterAll(() => removeAll(machine));

describe('a VM', () => {
  test('boots, is frozen, goes on, is killed, and leaves nothing', async () => {
    const { vmm } = machine;
    const booted = await bootMachine(machine, { ...request, vmId: 'cold', rootfs, template: false });
    expect(booted.how).toBe('cold');
    expect((await hello('cold')).facts).toMatchObject({ root: '/dev/vda', rootfs: 'erofs', overlay: '1' });
    await vmm.pause('cold');
    const paused = await vmm.status('cold');
    expect(paused.state).toBe('paused');
    await vmm.resume('cold');
    expect(await vmm.status('cold')).toEqual({ ...paused, state: 'running' });
    await hello('cold');
    await vmm.kill('cold');
    expect(await vmm.status('cold')).toMatchObject({
      state: 'ended',
      end: 'killed',
      exit: { signal: 'SIGKILL' },
    });
    await vmm.remove('cold');
    expect(await vmm.status('cold')).toEqual({ state: 'missing' });
    expect(vmsOf(machine)).toEqual([]);
  });

  test('has files that are for its user only', async () => {
    await bootMachine(machine, { ...request, vmId: 'private', rootfs });
    const folder = machine.paths.vm('private');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).toSorted()).toEqual([
      'agent',
      'argv',
      'disk',
      'events.in',
      'events.out',
      'pid',
      'qmp',
    ]);
    await machine.vmm.remove('private');
  });

  test('that is there already is left alone', async () => {
    const first = await bootMachine(machine, { ...request, vmId: 'taken', rootfs });
    expect(first.how).toBe('template');
    const status = await machine.vmm.status('taken');
    const second = bootMachine(machine, { ...request, vmId: 'taken', rootfs });
    await expect(second).rejects.toMatchObject({ reason: 'already-exists' });
    expect(await machine.vmm.status('taken')).toEqual(status);
    await hello('taken');
    await machine.vmm.remove('taken');
  });

  test('that was written to a file while it ran goes on from there', async () => {
    await bootMachine(machine, { ...request, vmId: 'saved', rootfs });
    const { bootId } = await hello('saved');
    const file = join(stateDirectory, 'saved.vm');
    await machine.vmm.pause('saved');
    expect(await machine.vmm.snapshot('saved', file)).toBeGreaterThan(10 * mebibyte);
    await machine.vmm.resume('saved');
    await hello('saved');
    await machine.vmm.start('restored', vmConfig(machine, { ...request, vmId: 'restored', rootfs }), file);
    expect((await hello('restored')).bootId).toBe(bootId);
    for (const vmId of ['saved', 'restored']) await machine.vmm.remove(vmId);
  });

  test('whose state folder has a long path and a comma boots all the same', async () => {
    const long = join(stateDirectory, `a,b-${'x'.repeat(120)}`);
    const other = await testMachine(long);
    await bootMachine(other, { ...request, vmId: 'long', rootfs: await rootfsOf(other) });
    expect((await other.vmm.status('long')).state).toBe('running');
    await other.vmm.pause('long');
    await removeAll(other);
    expect(vmsOf(other)).toEqual([]);
  });

  test('with a forwarded port has it on the loopback, and none without', async () => {
    const port = 20_000 + (process.pid % 20_000);
    const ports = [{ protocol: 'tcp', hostPort: port, guestPort: 80 }] as const;
    await bootMachine(machine, { ...request, vmId: 'net', rootfs, network: { ports, outbound: false } });
    await new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(void socket.destroy()));
      socket.on('error', reject);
    });
    await machine.vmm.remove('net');
    const taken = bootMachine(machine, {
      ...request,
      vmId: 'net',
      rootfs,
      network: { ports: [...ports, ...ports], outbound: false },
      template: false,
    });
    await expect(taken).rejects.toThrow(/^QEMU does not start: .*Could not set up host forwarding rule/);
    expect(vmsOf(machine)).toEqual([]);
  });
});

describe('clones of a template', () => {
  test('come up each with its own disk, ten at once', async () => {
    const other = await rootfsOf(machine, '/bin/cat');
    const ids = Array.from({ length: 10 }, (_, index) => `clone-${index}`);
    const booted = await Promise.all(
      ids.map((vmId, index) =>
        bootMachine(machine, { ...request, vmId, rootfs: index % 2 ? rootfs : other }),
      ),
    );
    expect(booted.map(({ how }) => how)).toEqual(ids.map(() => 'template'));
    const pids = new Set<number>();
    for (const vmId of ids) {
      const status = await machine.vmm.status(vmId);
      if ('pid' in status) pids.add(status.pid);
    }
    expect(pids.size).toBe(10);
    for (const vmId of ids) await machine.vmm.remove(vmId);
    expect(vmsOf(machine)).toEqual([]);
  });

  test('have the root of an image mounted, and start without the others being in the way', async () => {
    const warm = { programs: [['/usr/bin/true']] };
    for (const vmId of ['warm-1', 'warm-2']) {
      const booted = await bootMachine(machine, { ...request, vmId, rootfs, warm });
      expect(booted).toEqual({ how: 'template', notes: [] });
    }
    for (const vmId of ['warm-1', 'warm-2']) await machine.vmm.remove(vmId);
    expect(vmsOf(machine)).toEqual([]);
  });

  test('stay up when the template is dropped', async () => {
    await bootMachine(machine, { ...request, vmId: 'stays', rootfs });
    const { dropTemplate } = await import('../../src/template/template-store.ts');
    for (const key of readdirSync(machine.paths.templates)) await dropTemplate(machine.paths, key);
    expect(readdirSync(machine.paths.templates)).toEqual([]);
    await hello('stays');
    await machine.vmm.remove('stays');
  });
});
