/** A VM from its start to its end, by a driver on its stand-in. */

import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isAlive } from '@duende/program';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sayHello } from '../../src/agent/say-hello.ts';
import type { VmStatus } from '../../src/qemu/vmm.ts';
import { Host as Bridge, cleanUp, logOf, newFolder } from '../agent-harness.ts';
import { guestOf } from './guest.ts';
import { type Host, type Kind, makeHost, relayTo, removeAll, vmsOf } from './harness.ts';

const client = fileURLToPath(new URL('client.ts', import.meta.url));
const run = promisify(execFile);

/** Says HELLO to the agent of a VM as `sayHello` does to one at a plain socket. */
async function hello(host: Host, vmId: string, milliseconds = 10_000) {
  const folder = newFolder();
  const relay = await relayTo(host.paths.vm(vmId), join(folder, 'agent'));
  try {
    return await sayHello(folder, AbortSignal.timeout(milliseconds));
  } finally {
    relay.close();
  }
}

function pidOf(status: VmStatus): number {
  if (!('pid' in status)) throw new Error(`the VM is ${status.state}`);
  return status.pid;
}

/** Runs a daemon in a VM to its end, by the bridge. @returns what it has said */
async function runDaemon(host: Host, vmId: string, script: string): Promise<string> {
  const folder = newFolder();
  const relay = await relayTo(host.paths.vm(vmId), join(folder, 'port'));
  const bridge = new Bridge(folder, join(folder, 'port'), { program: '/bin/sh', args: ['-c', script] });
  await bridge.inState('stopped');
  await bridge.kill();
  relay.close();
  return logOf(bridge.folder);
}

export function lifeSuite(kind: Kind, folder: () => string): void {
  describe(`a VM of ${kind}`, () => {
    let host: Host;
    beforeAll(() => {
      host = makeHost(kind, join(folder(), 'life'));
    });
    afterEach(async () => {
      await removeAll(host);
      expect(vmsOf(host)).toEqual([]);
    });
    afterAll(cleanUp);

    test('runs a daemon, whose end is its own', async () => {
      const { vmm } = host;
      await vmm.start('vm', { ...host.config, commandLine: 'duende.linger=0' });
      const ended = vmm.wait('vm');
      expect(await runDaemon(host, 'vm', 'echo hello from $$; sleep 0.1')).toMatch(/^hello from \d+\n$/);
      expect(await ended).toMatchObject({ state: 'ended', end: 'poweroff', exit: { code: 0 } });
      expect((await vmm.console('vm', 50)).join('\n')).toContain('Command line: console=ttyS0');
    });

    test('whose guest ends it the wrong way', async () => {
      const { vmm } = host;
      const after = kind === 'firecracker' ? 'poweroff' : 'reboot';
      await vmm.start('vm', { ...host.config, commandLine: `duende.linger=0 duende.after=${after}` });
      await runDaemon(host, 'vm', 'exit 0');
      if (kind === 'firecracker') {
        // It stands still, as a real one does.
        await expect(vmm.wait('vm', { signal: AbortSignal.timeout(300) })).rejects.toThrow();
        expect(await vmm.status('vm')).toMatchObject({ state: 'running' });
        return;
      }
      // Nobody waits; who asks learns it, and the guest that boots again is ended.
      for (let tries = 0; tries < 200 && (await vmm.status('vm')).state !== 'ended'; tries += 1)
        await sleep(10);
      expect(await vmm.status('vm')).toMatchObject({ state: 'ended', end: 'reboot' });
    });

    test('outlives the process that started it, is known to others, and is nobody else’s to talk to', async () => {
      const { vmm, paths, stateDirectory, program, config } = host;
      const args = [client, kind, stateDirectory, 'vm', program, JSON.stringify(config)];
      const seen = JSON.parse((await run(process.execPath, args)).stdout);
      const status = await vmm.status('vm');
      expect(seen).toMatchObject({ state: 'running', pid: pidOf(status) });
      expect(isAlive({ pid: seen.pid, startTime: BigInt(seen.startTime) })).toBe(true);
      await hello(host, 'vm');
      const modes = ['', 'api', 'agent', 'vm.json'].map((name) => {
        const { mode } = statSync(join(paths.vm('vm'), name));
        return (mode & 0o777).toString(8);
      });
      expect(modes).toEqual(['700', '600', '600', '600']);
    });

    test('stands still while it is paused, and goes on', async () => {
      const { vmm } = host;
      await vmm.start('vm', host.config);
      const { bootId } = await hello(host, 'vm');
      const agent = guestOf(pidOf(await vmm.status('vm')))[0] ?? 0;
      await vmm.pause('vm');
      await vmm.pause('vm');
      expect(await vmm.status('vm')).toMatchObject({ state: 'paused' });
      await expect(hello(host, 'vm', 200)).rejects.toThrow();
      await vmm.resume('vm');
      await vmm.resume('vm');
      expect(await vmm.status('vm')).toMatchObject({ state: 'running' });
      expect(await hello(host, 'vm')).toMatchObject({ bootId });
      expect(guestOf(pidOf(await vmm.status('vm')))[0]).toBe(agent);
    });

    test('that is killed with -9 has ended, and its guest with it', async () => {
      const { vmm } = host;
      await vmm.start('vm', host.config);
      await hello(host, 'vm');
      const pid = pidOf(await vmm.status('vm'));
      const guest = guestOf(pid);
      expect(guest.length).toBeGreaterThan(0);
      const ended = vmm.wait('vm');
      process.kill(pid, 'SIGKILL');
      expect(await ended).toMatchObject({ state: 'ended', end: 'killed', exit: { signal: 'SIGKILL' } });
      await expect(vmm.pause('vm')).rejects.toMatchObject({ reason: 'not-running' });
      await expect(vmm.snapshot('vm', join(folder(), 'none'))).rejects.toMatchObject({
        reason: 'not-running',
      });
      expect(existsSync(join(folder(), 'none'))).toBe(false);
      for (let tries = 100; tries > 0 && guest.some((one) => existsSync(`/proc/${one}`)); tries -= 1) {
        await sleep(10);
      }
      expect(guest.filter((one) => existsSync(`/proc/${one}`))).toEqual([]);
    });

    test('whose kernel panics has ended so', async () => {
      const { vmm } = host;
      await vmm.start('vm', host.config);
      await hello(host, 'vm');
      const ended = vmm.wait('vm');
      process.kill(guestOf(pidOf(await vmm.status('vm')))[0] ?? 0, 'SIGKILL');
      expect(await ended).toMatchObject({ state: 'ended', end: 'panic' });
      expect(await vmm.status('vm')).toMatchObject({ state: 'ended', end: 'panic' });
    });

    test('may be killed and removed twice, and asked for when there is none', async () => {
      const { vmm } = host;
      await vmm.start('vm', host.config);
      for (let times = 0; times < 2; times += 1) await vmm.kill('vm');
      expect(await vmm.status('vm')).toMatchObject({ state: 'ended', end: 'killed' });
      for (let times = 0; times < 2; times += 1) await vmm.remove('vm');
      expect(await vmm.status('vm')).toEqual({ state: 'missing' });
      expect(await vmm.wait('vm')).toEqual({ state: 'missing' });
      expect(await vmm.console('vm', 5)).toEqual([]);
      await expect(vmm.pause('vm')).rejects.toMatchObject({ reason: 'not-found' });
    });

    test('has its id for itself, also when two are started at once', async () => {
      const { vmm } = host;
      const both = await Promise.allSettled([vmm.start('vm', host.config), vmm.start('vm', host.config)]);
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { reason: 'already-exists' },
      });
      expect(await vmm.status('vm')).toMatchObject({ state: 'running' });
    });
  });
}
