import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { WosClient } from '../src/protocol/index.ts';
import { daemonParams, TestDaemon, type Wanted } from './support/daemons.ts';
import { describeWithPrograms, program } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();

describeWithPrograms('restarts of a daemon', () => {
  const wos = makeWos();
  let client: WosClient;
  beforeAll(async () => {
    client = (await wos.start()).client;
  });
  const spawn = (name: string, commands: string[], wanted?: Wanted) =>
    TestDaemon.spawn(client, name, commands, wanted);

  it.each([
    ['never', '3', 0],
    ['on-failure', '0', 0],
    ['on-failure', '3', 2],
    ['always', '0', 2],
    ['unless-stopped', '0', 2],
  ] as const)('policy %s after exit %s: %i, and the limit', async (policy, code, restarts) => {
    const restart = { policy, delay: 10, maxRestarts: 2 };
    const daemon = await spawn('policy', ['run', 'exit', code], { restart });
    const status = await daemon.wait();
    const exit = { code: Number(code) };
    expect(status).toMatchObject({ restarts, exit });
    if (restarts > 0)
      expect(status).toMatchObject({ state: 'failed', reason: 'restart-limit', lastExit: exit });
    const runs = await daemon.lines();
    expect(runs).toHaveLength(restarts + 1);
    expect(new Set(runs).size).toBe(restarts + 1);
    // The handle stays what it was.
    expect((await client.request('daemon.find', { name: 'policy' })).daemon).toMatchObject(daemon.document);
    // Of its runs, the last one is remembered.
    const processes = (await client.request('list', { all: true })).filter(
      ({ name }) => name === 'duende-policy',
    );
    expect(processes).toMatchObject([{ restarts, log: daemon.document.log }]);
    await daemon.remove();
  });

  it('waits for its next run: signals are refused, and a stop ends it for good', async () => {
    const restart = { policy: 'on-failure', delay: 60_000, maxDelay: 60_000 } as const;
    const daemon = await spawn('between', ['exit', '3'], { restart });
    const waiting = await daemon.until(({ state }) => state === 'starting');
    expect(waiting).toMatchObject({ lastExit: { code: 3 }, restarts: 0 });
    expect(waiting.pid).toBeUndefined();
    const due = Date.parse((waiting as { restartAt?: string }).restartAt ?? '') - Date.now();
    expect(due).toBeGreaterThan(50_000);
    expect(due).toBeLessThanOrEqual(60_000);
    await expect(daemon.signal('HUP')).rejects.toMatchObject({ code: 'SignalFailed', reason: 'not-running' });
    await expect(client.request('daemon.stats', daemon.key)).rejects.toMatchObject({ reason: 'not-running' });
    await expect(daemon.remove()).rejects.toMatchObject({ reason: 'engine-error' });
    await expect(spawn('between', ['park'])).rejects.toMatchObject({ reason: 'already-exists' });
    const waited = daemon.wait();
    const stopped = await daemon.stop();
    expect(stopped).toMatchObject({ state: 'stopped', exit: { code: 3 } });
    expect(await waited).toEqual(stopped);
  });

  it('does not come again after a stop, whatever its policy', async () => {
    const daemon = await spawn('stopped', ['run', 'park'], { restart: { policy: 'always', delay: 1 } });
    expect(await daemon.stop()).toMatchObject({ state: 'stopped', exit: { signal: 'SIGTERM' }, restarts: 0 });
    expect(await daemon.wait()).toMatchObject({ state: 'stopped', restarts: 0 });
    expect(await daemon.lines()).toHaveLength(1);
  });

  it('on request is another instance with the same settings, and one log', async () => {
    const run = { env: { KEPT: 'a b' } };
    const daemon = await spawn('again', ['graceful', 'env', 'KEPT', 'run', 'park'], { run });
    await daemon.says('KEPT=a b');
    const next = '7b9f3f52-55a8-4f7e-9d55-0d6a60a7a001';
    const document = await client.request('daemon.restart', { ...daemon.key, next });
    const second = new TestDaemon(client, document);
    expect(document).toMatchObject({ name: 'again', instance: next, log: daemon.document.log });
    expect(document.pid).toBeGreaterThan(daemon.document.pid);
    await expect(daemon.status()).rejects.toMatchObject({ reason: 'not-found' });
    const lines = await second.says(`run ${document.pid}`);
    expect(lines).toEqual([
      'KEPT=a b',
      `run ${daemon.document.pid}`,
      'TERM',
      'KEPT=a b',
      `run ${document.pid}`,
    ]);
    await second.stop();
    const third = await client.request('daemon.restart', {
      ...second.key,
      next: '7b9f3f52-55a8-4f7e-9d55-0d6a60a7a002',
    });
    expect(await client.request('daemon.status', { name: 'again', instance: third.instance })).toMatchObject({
      state: 'running',
      restarts: 0,
    });
  });

  it('on request with another run keeps that one, and what it said before is not its message', async () => {
    const restart = { policy: 'on-failure', delay: 1 } as const;
    const daemon = await spawn('other', ['tell', 'STATUS=first', 'run', 'park'], { restart });
    await daemon.until(({ message }) => message === 'first');
    const { run } = daemonParams('other', ['run', 'park']);
    const next = '7b9f3f52-55a8-4f7e-9d55-0d6a60a7a021';
    const second = new TestDaemon(
      client,
      await client.request('daemon.restart', { ...daemon.key, next, run: { ...run, env: { OWN: 'x' } } }),
    );
    const before = await second.status();
    expect(before).not.toHaveProperty('message');
    await second.signal('KILL');
    const again = await second.until(({ restarts, state }) => restarts === 1 && state === 'running');
    await second.says(`run ${again.pid}`);
    expect(again).toMatchObject({ lastExit: { signal: 'SIGKILL' } });
    expect(await second.lines()).toHaveLength(3);
    await second.stop();
  });

  it('of one that crashed: the next run does not tell of that once it is ready', async () => {
    const restart = { policy: 'on-failure', delay: 300, maxDelay: 300 } as const;
    const file = join(wos.stateDirectory, 'flag');
    writeFileSync(file, '');
    const capabilities = { preopens: [{ guest: '/', host: wos.stateDirectory, write: true }] };
    const commands = ['sleep', '100', 'tell', 'READY=1', 'once', '/flag', 'crash'];
    const daemon = await spawn('crashes', commands, { restart, readiness: 'notify', run: { capabilities } });
    const crashed = await daemon.until(({ state, pid }) => state === 'starting' && pid === undefined);
    expect(crashed.message).toMatch(/^It crashed: /);
    const starting = await daemon.until(({ state, pid }) => state === 'starting' && pid !== undefined);
    expect(starting.message).toBe(crashed.message);
    const again = await daemon.until(({ state }) => state === 'running');
    expect(again).toMatchObject({ restarts: 1, lastExit: { signal: 'SIGABRT' } });
    expect(again).not.toHaveProperty('message');
    expect(await daemon.stop()).not.toHaveProperty('message');
  });

  it('that cannot be made count as failures: spawn', async () => {
    const module = join(wos.stateDirectory, 'mine.wasm');
    copyFileSync(program('daemon'), module);
    const restart = { policy: 'on-failure', delay: 200, factor: 1, maxRestarts: 2 } as const;
    const daemon = await spawn('vanished', ['exit', '3'], { run: { module }, restart });
    rmSync(module);
    expect(await daemon.wait()).toMatchObject({
      state: 'failed',
      reason: 'restart-limit',
      restarts: 2,
      message: expect.stringContaining('It could not be started: The module'),
    });
  });
});
