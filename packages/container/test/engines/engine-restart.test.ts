import { rmSync } from 'node:fs';
import { hostProbe } from '@duende/conformance';
import { type DaemonHandle, isTerminal } from '@duende/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ContainerAdapter } from '../../src/index.ts';
import { selectEngine } from '../../src/select-engine.ts';
import { addressOf, restartEngine } from './engines.ts';
import { makeStateDirectory } from './harness.ts';

const stateDirectory = makeStateDirectory();
const probe = hostProbe({ folder: '/var/tmp' });
const host = addressOf('docker');
const adapter = new ContainerAdapter({ runtime: 'docker', host, stateDirectory });
const { program } = await probe.program([]);
let count = 0;

const spawn = (args: string[], restart: 'never' | 'on-failure' | 'always' = 'never'): Promise<DaemonHandle> =>
  adapter.spawn({ name: `engine-${process.pid}-${count++}`, program, args, restart, stopTimeout: 1000 });

const containersOf = async (handle: DaemonHandle): Promise<number> => {
  const engine = await selectEngine({ runtime: 'docker', host });
  const all = await engine.list({ 'dev.duende.name': handle.name });
  engine.close();
  return all.length;
};

afterEach(async () => {
  for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
});

afterAll(async () => {
  await restartEngine('docker', { liveRestore: true });
  await adapter.close();
  await probe.cleanup();
  rmSync(stateDirectory, { recursive: true, force: true });
});

describe('dockerd is restarted', () => {
  it('with live-restore: everything runs on, and a wait that was under way is answered', async () => {
    await restartEngine('docker', { liveRestore: true });
    const handle = await spawn(['park'], 'always');
    const { pid } = await adapter.status(handle);
    const waiting = adapter.wait(handle);
    await restartEngine('docker', { liveRestore: true });
    expect(await adapter.status(handle)).toMatchObject({ state: 'running', pid, restarts: 0 });
    await adapter.stop(handle);
    expect(isTerminal(await waiting)).toBe(true);
    expect(await containersOf(handle)).toBe(1);
  });

  it('without: what is never restarted has ended and says so, what always is comes back, nothing is doubled', async () => {
    await restartEngine('docker', { liveRestore: false });
    const once = await spawn(['graceful']);
    const always = await spawn(['graceful'], 'always');
    const before = (await adapter.status(always)).pid;
    await restartEngine('docker', { liveRestore: false });
    expect(await adapter.wait(once)).toMatchObject({ state: 'stopped' });
    const deadline = Date.now() + 20_000;
    let status = await adapter.status(always);
    while (status.state !== 'running' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      status = await adapter.status(always);
    }
    expect(status).toMatchObject({ state: 'running', restarts: 1 });
    expect(status.pid).not.toBe(before);
    expect(await containersOf(once)).toBe(1);
    expect(await containersOf(always)).toBe(1);
    expect(await adapter.stop(always)).toMatchObject({ state: 'stopped' });
    await restartEngine('docker', { liveRestore: false });
    expect(await adapter.status(always)).toMatchObject({ state: 'stopped' });
  }, 120_000);

  it('while it is away every call says so in one line, and works again afterwards', async () => {
    const handle = await spawn(['park']);
    const lost = new ContainerAdapter({
      runtime: 'docker',
      host: 'unix:///var/tmp/no-such.sock',
      stateDirectory,
    });
    await expect(lost.status(handle)).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringMatching(
        /^No container engine can be used here: there is no unix:\/\/\/var\/tmp\/no-such\.sock$/,
      ),
    });
    await lost.close();
    await restartEngine('docker', { liveRestore: true });
    expect((await adapter.find(handle.name))?.id).toBe(handle.id);
  });
});
