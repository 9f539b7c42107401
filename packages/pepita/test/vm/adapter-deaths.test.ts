import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonHandle } from '@duende/core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { testAdapter, until } from './adapter-harness.ts';

const { adapter, spawn, texts } = await testAdapter();

async function vmmPid(handle: DaemonHandle): Promise<number> {
  return (await adapter.inspect(handle)).vmm?.pid ?? 0;
}

/** Has the guest's kernel do something: proc(5), sysrq-trigger. */
async function sysrq(handle: DaemonHandle, what: string): Promise<void> {
  const guest = await adapter.openGuest(handle);
  await guest
    .put('/proc/sysrq-trigger', { data: Buffer.from(what), mode: 0o200, existing: true })
    .catch(() => undefined);
  guest.close();
}

/** One that was there before all of them, and is to notice nothing. */
let neighbour: DaemonHandle;
let heard = 0;
const hearsOf = (wanted: number) =>
  until('the neighbour', async () => (await texts(neighbour)).length === wanted);
beforeAll(async () => {
  neighbour = await spawn(['trap']);
  await hearsOf(1);
});
afterEach(async () => {
  heard += 1;
  await adapter.signal(neighbour, 'USR1');
  await hearsOf(1 + heard);
});

const panic = (handle: DaemonHandle) => sysrq(handle, 'c');

describe('a VM that dies under a daemon that is not restarted', () => {
  test('by kill -9', async () => {
    const handle = await spawn(['park']);
    const waiting = adapter.wait(handle);
    process.kill(await vmmPid(handle), 'SIGKILL');
    expect(await waiting).toMatchObject({ state: 'failed', reason: 'lost' });
    expect((await adapter.status(handle)).message).toMatch(/the process of the VM was killed/);
  });

  test('by a panic of its kernel', async () => {
    const handle = await spawn(['park']);
    const waiting = adapter.wait(handle);
    await panic(handle);
    expect(await waiting).toMatchObject({ state: 'failed', reason: 'lost' });
    expect((await adapter.status(handle)).message).toMatch(
      /the kernel of the guest panicked; .*Kernel panic/,
    );
  });

  test('everything in it killed but its agent', async () => {
    const handle = await spawn(['park']);
    const waiting = adapter.wait(handle);
    await sysrq(handle, 'i');
    expect(await waiting).toMatchObject({ state: 'failed', reason: 'lost' });
  });

  test('a memory limit is not a dead VM', async () => {
    const handle = await spawn(['allocate', String(128 * 1024 ** 2), 'park'], {
      resources: { memoryMax: '32M' },
    });
    expect(await adapter.wait(handle)).toMatchObject({ state: 'failed', reason: 'oom' });
  });

  test('a guest whose memory is full', async () => {
    const handle = await spawn(['allocate', String(1024 ** 3), 'park']);
    expect(await adapter.wait(handle)).toMatchObject({ state: 'failed', reason: 'oom' });
  });
});

describe('a VM that dies under a daemon that is restarted', () => {
  test('is booted, and the daemon run again, with nobody there; its log goes on, and the restart is counted', async () => {
    const handle = await spawn(['run', 'park'], { restart: { policy: 'on-failure', delay: 50 } });
    await until('the first run', async () => (await texts(handle)).length === 1);
    const first = await vmmPid(handle);
    process.kill(first, 'SIGKILL');
    const status = await until('the second run', async () => {
      const now = await adapter.status(handle);
      return now.state === 'running' && now.restarts === 1 && now;
    });
    expect(status.pid).toBeGreaterThan(1000);
    await until('its line', async () => (await texts(handle)).length === 2);
    expect(await vmmPid(handle)).not.toBe(first);
    const before = performance.now();
    expect(await adapter.stop(handle)).toMatchObject({ state: 'stopped', restarts: 1 });
    expect(performance.now() - before).toBeLessThan(3000);
  });

  test('again and again fails for good at the limit', async () => {
    const restart = { policy: 'on-failure', delay: 20, maxRestarts: 1, window: 60_000 } as const;
    const handle = await spawn(['park'], { restart });
    process.kill(await vmmPid(handle), 'SIGKILL');
    const second = await until('another VM', async () => {
      const status = await adapter.status(handle);
      return status.state === 'running' && status.restarts === 1 && (await vmmPid(handle));
    });
    process.kill(second, 'SIGKILL');
    expect(await adapter.wait(handle)).toMatchObject({ state: 'failed', reason: 'restart-limit' });
  });

  test('can be stopped while it is booted', async () => {
    const handle = await spawn(['park'], { restart: { policy: 'always', delay: 5000 } });
    process.kill(await vmmPid(handle), 'SIGKILL');
    await until('it is noticed', async () => (await adapter.status(handle)).state === 'starting');
    expect((await adapter.stop(handle)).state).toBe('stopped');
    await delay(100);
    expect((await adapter.status(handle)).state).toBe('stopped');
  });
});
