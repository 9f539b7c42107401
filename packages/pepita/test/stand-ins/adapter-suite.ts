/** Daemons of the adapter on a stand-in: from a spawn to the removal, by the bridge and the agent that are shipped. */

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DaemonHandle, DaemonSpecInput } from '@duende/core';
import { readStatePage } from '@duende/program';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PepitaAdapter, PepitaPaths } from '../../src/index.ts';
import { guestOf } from './guest.ts';
import { anyDevice, type Kind, processesAt } from './harness.ts';
import { installStandIn, type StandIn } from './install.ts';

/** What passes for a kernel: its first bytes are looked at. */
const elf = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(4096)]);

/** An adapter whose VMs a stand-in runs. */
export function standInAdapter(kind: Kind, folder: string, standIn: StandIn = {}) {
  const stateDirectory = join(folder, 'state');
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'vmlinux'), elf);
  const program = installStandIn(join(folder, 'bin'), kind, standIn);
  const notes: string[] = [];
  const adapter = new PepitaAdapter({
    stateDirectory,
    vmm: kind,
    [kind === 'firecracker' ? 'firecracker' : 'cloudHypervisor']: program,
    kvmDevice: anyDevice,
    kernel: join(folder, 'vmlinux'),
    onProgress: (note) => void notes.push(note),
  });
  return { adapter, stateDirectory, notes, paths: new PepitaPaths(stateDirectory) };
}

type Host = ReturnType<typeof standInAdapter>;

const script = (name: string, text: string): DaemonSpecInput =>
  ({ name, program: '/bin/sh', args: ['-c', text], user: 0, stopTimeout: 2000 }) as DaemonSpecInput;

async function logOf({ adapter }: Host, handle: DaemonHandle): Promise<string[]> {
  const found: string[] = [];
  for await (const { text } of adapter.logs(handle)) found.push(text);
  return found;
}

async function says({ adapter }: Host, handle: DaemonHandle, text: string): Promise<void> {
  for await (const line of adapter.logs(handle, { follow: true, signal: AbortSignal.timeout(20_000) }))
    if (line.text === text) return;
  throw new Error(`it has not said ${text}`);
}

/** Files and processes of VMs. */
function leftOf({ paths, stateDirectory }: Host) {
  const names = (folder: string): string[] =>
    existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
  const places = [
    dirname(paths.vm('x')),
    join(paths.vmm, 'native'),
    join(paths.bridges, 'native'),
    paths.daemons,
  ];
  return { files: places.flatMap(names), processes: processesAt(join(stateDirectory, 'pepita/vms')) };
}

const nothing = { files: [], processes: [] };

export function adapterSuite(kind: Kind, title: string, folder: () => string): void {
  describe(`daemons on ${kind}`, () => {
    let host: Host;
    beforeAll(() => {
      host = standInAdapter(kind, join(folder(), 'adapter'));
    });
    afterEach(async () => {
      for (const handle of await host.adapter.list()) await host.adapter.remove(handle, { force: true });
      expect(leftOf(host)).toEqual(nothing);
    });
    afterAll(() => host.adapter.close());

    test('run, say something, take a signal, end and are removed', async () => {
      const { adapter, paths } = host;
      const handle = await adapter.spawn(
        script('one', 'trap "echo told; exit 7" USR1; echo begun; while :; do sleep 0.05; done'),
      );
      expect(handle.data).toMatchObject({ kind: 'pepita', vmId: 'duende-vm-one' });
      await says(host, handle, 'begun');
      expect(await adapter.status(handle)).toMatchObject({ state: 'running' });
      expect(await adapter.inspect(handle)).toMatchObject({ vmm: { kind, restarts: 0 } });
      expect((await adapter.stats(handle)).measured).toContain('uptimeMs');
      await adapter.signal(handle, 'USR1');
      expect(await adapter.wait(handle)).toMatchObject({
        state: 'failed',
        reason: 'exit-code',
        exit: { code: 7 },
      });
      expect(await logOf(host, handle)).toEqual(['begun', 'told']);
      expect((await adapter.console(handle)).join('\n')).toContain('Command line: console=ttyS0');
      await adapter.remove(handle);
      expect(await adapter.list()).toEqual([]);
      expect(readdirSync(paths.templates).filter((name) => !name.startsWith('.')).length).toBeGreaterThan(0);
    });

    test('go on from the snapshot that the first one has made', async () => {
      host.notes.length = 0;
      const handles: DaemonHandle[] = [];
      // The second VM of an image makes a snapshot with it, the third goes on from that.
      for (const name of ['a', 'b', 'c']) {
        handles.push(await host.adapter.spawn(script(name, 'echo $0; exec sleep 60')));
      }
      for (const handle of handles) await says(host, handle, '/bin/sh');
      expect(host.notes).toEqual([]);
      const ended = await Promise.all(handles.map((handle) => host.adapter.stop(handle)));
      expect(ended.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
    });

    test('boot where there may be no snapshot', async () => {
      const spec = { ...script('cold', 'echo up'), platform: { pepita: { template: false, vsockCid: 77 } } };
      const handle = await host.adapter.spawn(spec as DaemonSpecInput);
      expect(handle.data).toMatchObject({ vsockCid: 77 });
      expect(await host.adapter.wait(handle)).toMatchObject({ state: 'stopped', exit: { code: 0 } });
      expect(await logOf(host, handle)).toEqual(['up']);
    });

    test('stand still while their VM is paused, and go on', async () => {
      const { adapter } = host;
      const handle = await adapter.spawn(script('still', 'while :; do echo tick; sleep 0.02; done'));
      await says(host, handle, 'tick');
      await adapter.signal(handle, 'STOP');
      expect(await adapter.status(handle)).toMatchObject({ state: 'paused' });
      const before = (await logOf(host, handle)).length;
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect((await logOf(host, handle)).length).toBeLessThanOrEqual(before + 1);
      await adapter.signal(handle, 'CONT');
      expect(await adapter.status(handle)).toMatchObject({ state: 'running' });
      expect(await adapter.stop(handle)).toMatchObject({ state: 'stopped' });
    });

    test('are lost with their VM, which status and message say', async () => {
      const { adapter } = host;
      const handle = await adapter.spawn(script('lost', 'echo up; exec sleep 60'));
      const { vmm } = await adapter.inspect(handle);
      process.kill(vmm?.pid ?? 0, 'SIGKILL');
      expect(await adapter.wait(handle)).toMatchObject({
        state: 'failed',
        reason: 'lost',
        message: expect.stringContaining('the process of the VM was killed'),
      });
    });

    test('are lost when the kernel of their guest panics, and do not run once more without being asked', async () => {
      const { adapter, paths } = host;
      const handle = await adapter.spawn(script('panic', 'echo up; exec sleep 60'));
      await says(host, handle, 'up');
      const { vmm } = await adapter.inspect(handle);
      process.kill(guestOf(vmm?.pid ?? 0)[0] ?? 0, 'SIGKILL');
      // Nobody looks after it but its bridge: cloud-hypervisor starts the guest again in the same process.
      const state = (): string | undefined => {
        const page = readStatePage(paths.vmmState('duende-vm-panic'));
        return typeof page === 'object' ? page.state : undefined;
      };
      for (let tries = 0; tries < 500 && !['stopped', 'failed'].includes(state() ?? ''); tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await adapter.status(handle)).toMatchObject({
        state: 'failed',
        reason: 'lost',
        message: expect.stringContaining('the kernel of the guest panicked'),
      });
      expect(await logOf(host, handle)).toEqual(['up']);
    });

    test('can be found and stopped by another adapter, also one that is made for QEMU', async () => {
      const handle = await host.adapter.spawn(script('other', 'echo up; exec sleep 60'));
      const other = new PepitaAdapter({ stateDirectory: host.stateDirectory });
      try {
        await other.signal(handle, 'STOP');
        expect(await other.status(handle)).toMatchObject({ state: 'paused' });
        expect(await other.stop(handle)).toMatchObject({ state: 'stopped' });
      } finally {
        await other.close();
      }
    });

    test.each<[field: string, more: object]>([
      ['platform.pepita.network', { platform: { pepita: { network: 'user' } } }],
      ['platform.pepita.ports', { platform: { pepita: { ports: [{ guest: 80 }] } } }],
      ['sandbox.network', { sandbox: { network: 'host' } }],
    ])('are refused with what a VM there cannot have: %s', async (field, more) => {
      const spawned = host.adapter.spawn({ ...script('no', 'true'), ...more } as DaemonSpecInput);
      await expect(spawned).rejects.toMatchObject({
        code: 'Config',
        field,
        message: expect.stringContaining(title),
      });
    });

    test('are refused with a restart, which only the supervisor of QEMU can do', async () => {
      const spec = { ...script('no', 'true'), restart: 'always' } as DaemonSpecInput;
      await expect(host.adapter.spawn(spec)).rejects.toThrow(
        `${title} does not start a VM again that has died`,
      );
      expect(host.adapter.capabilities.restart.always.supported).toBe(false);
    });
  });

  test(`${kind} is refused where guests do not boot with KVM, and nothing is left`, async () => {
    const host = standInAdapter(kind, join(folder(), 'no kvm here'), { fault: 'no-kvm' });
    await expect(host.adapter.spawn(script('no', 'true'))).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringMatching(
        new RegExp(`^${title} needs KVM, which does not work here: .*No such device`),
      ),
      hint: expect.stringContaining('QEMU'),
    });
    expect(await host.adapter.probe()).toMatchObject({
      available: false,
      fix: expect.stringContaining('QEMU'),
    });
    expect(leftOf(host)).toEqual(nothing);
    await host.adapter.close();
  });
}
