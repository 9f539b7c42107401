import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonHandle } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { inState, testAdapter, until } from './adapter-harness.ts';

const { adapter, spawn, texts } = await testAdapter();

const vmmOf = async (handle: DaemonHandle) => {
  const { vmm, folder } = await adapter.inspect(handle);
  return { pid: vmm?.pid ?? 0, folder };
};

/** What the supervisor starts QEMU with, the next time: one whose processor does not run. */
function hang(folder: string): void {
  const argv = readFileSync(join(folder, 'argv'), 'latin1');
  writeFileSync(join(folder, 'argv'), `${argv}-S\0`, { mode: 0o600 });
}

/** The VMM that was started after this one. */
const nextVmm = (handle: DaemonHandle, last: number) =>
  until('another VMM', async () => {
    const { pid } = await vmmOf(handle);
    return pid !== 0 && pid !== last && pid;
  });

describe.concurrent('a VM that died and does not come up when it is booted again', () => {
  test('is ended, again and again until the limit, which the status says; another VM is not affected', async () => {
    const neighbour = await spawn(['trap']);
    const restart = { policy: 'on-failure', delay: 20, maxRestarts: 1, window: 60_000 } as const;
    const handle = await spawn(['run', 'park'], { restart });
    await until('the first run', async () => (await texts(handle)).length === 1);
    const { pid, folder } = await vmmOf(handle);
    hang(folder);
    process.kill(pid, 'SIGKILL');
    await inState(adapter, handle, 'starting');
    expect((await adapter.status(handle)).message).toMatch(/its VM has died, and is started again/);
    expect(await adapter.wait(handle)).toMatchObject({ state: 'failed', reason: 'restart-limit' });
    expect((await adapter.status(handle)).message).toMatch(/the guest was booted and did not answer/);
    expect(await texts(handle)).toHaveLength(1);
    await adapter.signal(neighbour, 'USR1');
    await until('its answer', async () => (await texts(neighbour)).includes('USR1'));
    for (const one of [handle, neighbour]) await adapter.remove(one, { force: true });
  });

  test('comes up by the boot after that', async () => {
    const handle = await spawn(['run', 'park'], { restart: { policy: 'on-failure', delay: 20 } });
    await until('the first run', async () => (await texts(handle)).length === 1);
    const { pid } = await vmmOf(handle);
    process.kill(pid, 'SIGKILL');
    process.kill(await nextVmm(handle, pid), 'SIGSTOP');
    await until('its word', async () => {
      const { message = '' } = (await adapter.status(handle)) as { message?: string };
      return /the guest was booted and did not answer, and is started again/.test(message);
    });
    await inState(adapter, handle, 'running');
    await until('its line', async () => (await texts(handle)).length === 2);
    await adapter.remove(handle, { force: true });
  });

  test('is left alone while it is paused, and goes on when it is told to', async () => {
    const handle = await spawn(['run', 'park'], { restart: { policy: 'on-failure', delay: 20 } });
    const { pid } = await vmmOf(handle);
    process.kill(pid, 'SIGKILL');
    const next = await nextVmm(handle, pid);
    await until('a frozen VM', () =>
      adapter.signal(handle, 'STOP').then(
        () => true,
        () => false,
      ),
    );
    await delay(7000);
    expect((await vmmOf(handle)).pid).toBe(next);
    await adapter.signal(handle, 'CONT');
    await inState(adapter, handle, 'running');
    expect((await vmmOf(handle)).pid).toBe(next);
    await adapter.remove(handle, { force: true });
  });
});
