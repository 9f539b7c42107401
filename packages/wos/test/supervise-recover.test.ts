import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { WosClient } from '../src/protocol/index.ts';
import { startKernel } from '../src/wosd/index.ts';
import { TestDaemon, type Wanted } from './support/daemons.ts';
import { sleep, until } from './support/kernel.ts';
import { describeWithPrograms } from './support/programs.ts';
import { useWos, type Wos } from './support/wosd.ts';

const makeWos = useWos();

async function killKernel(client: WosClient): Promise<void> {
  const { pid } = await client.request('info', {});
  process.kill(pid, 'SIGKILL');
  await until('the kernel is gone', () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
}

const onFailure = { policy: 'on-failure', delay: 200 } as const;
const spawner = (client: WosClient) => (name: string, commands: string[], wanted?: Wanted) =>
  TestDaemon.spawn(client, name, commands, wanted);

async function restartedKernel(wos: Wos, client: WosClient): Promise<WosClient> {
  await killKernel(client);
  return (await wos.start()).client;
}

describeWithPrograms('daemons of a kernel that was killed', () => {
  it('are told to clients; the next kernel restarts them by their policy, or says that they are lost', async () => {
    const wos = makeWos();
    const { client } = await wos.start();
    const spawn = spawner(client);
    const old = {
      kept: await spawn('kept', ['run', 'park'], { restart: onFailure }),
      always: await spawn('always', ['run', 'park'], { restart: { ...onFailure, policy: 'always' } }),
      never: await spawn('never', ['run', 'park']),
      ended: await spawn('ended', ['exit', '3']),
      stopped: await spawn('stopped', ['park'], { restart: { policy: 'unless-stopped' } }),
    };
    const ended = await old.ended.wait();
    const stopped = await old.stopped.stop();
    const waiting = old.kept.wait();
    waiting.catch(() => undefined);
    await Promise.all([old.kept, old.always, old.never].map((each) => each.says(`run ${each.document.pid}`)));
    await killKernel(client);
    await expect(waiting).rejects.toMatchObject({ code: 'StatusFailed', reason: 'unavailable' });
    await expect(old.kept.status()).rejects.toMatchObject({ reason: 'unavailable' });

    const next = await wos.start();
    expect(next.lost.map(({ name }) => name).sort()).toEqual([
      'duende-always',
      'duende-kept',
      'duende-never',
    ]);
    const now = Object.fromEntries(Object.entries(old).map(([name, each]) => [name, each.over(next.client)]));
    const { kept, always, never } = now as typeof old;
    expect((await next.client.request('daemon.list', {})).daemons).toHaveLength(5);
    const lost = await never.status();
    expect(lost).toMatchObject({
      state: 'failed',
      reason: 'lost',
      message: 'The kernel that ran it was killed',
    });
    expect(lost).not.toHaveProperty('exit');
    expect(await (now as typeof old).ended.status()).toEqual(ended);
    expect(await (now as typeof old).stopped.status()).toEqual(stopped);
    for (const daemon of [kept, always]) {
      const again = await daemon.until(({ state }) => state === 'running');
      expect(again).toMatchObject({ restarts: 1 });
      // That was the run before.
      expect(again).not.toHaveProperty('message');
      expect(again.pid).toBeGreaterThan(daemon.document.pid);
      expect(await daemon.says(`run ${again.pid}`)).toEqual([
        `run ${daemon.document.pid}`,
        `run ${again.pid}`,
      ]);
    }
    const shown = await next.client.request('list', {});
    expect(shown.find(({ name }) => name === 'duende-kept')).toMatchObject({ restarts: 1 });
    const { stdout } = await wos.ctl(['ps']);
    expect(stdout).toMatch(/duende-kept/);
  });

  it('that waited for their next run get it when it is due; limits go on', async () => {
    const wos = makeWos();
    let { client } = await wos.start();
    const restart = { policy: 'on-failure', delay: 1500, factor: 1, maxRestarts: 1 } as const;
    const daemon = await spawner(client)('waits', ['run', 'exit', '3'], { restart });
    const before = await daemon.until(({ state }) => state === 'starting');
    client = await restartedKernel(wos, client);
    const resumed = daemon.over(client);
    const after = await resumed.status();
    // It may have come meanwhile on a slow machine.
    if (after.state === 'starting' && after.pid === undefined) expect(after).toEqual(before);
    const status = await resumed.wait();
    expect(status).toMatchObject({
      reason: 'restart-limit',
      restarts: 1,
      lastExit: { code: 3 },
      exit: { code: 3 },
    });
    expect(await resumed.lines()).toHaveLength(2);
  });

  it('whose spawn was under way are not there', async () => {
    const wos = makeWos();
    const { client } = await wos.start();
    const spawning = spawner(client)('early', ['park'], { readiness: 'notify' });
    spawning.catch(() => undefined);
    for (let there = false; !there; ) {
      there = (await client.request('daemon.find', { name: 'early' })).daemon !== undefined;
    }
    const next = await restartedKernel(wos, client);
    await expect(spawning).rejects.toMatchObject({ reason: 'unavailable' });
    expect(await next.request('daemon.list', {})).toEqual({ daemons: [], problems: [] });
    expect(readdirSync(join(wos.base, 'daemons'))).toEqual([]);
  });

  it('whose state is damaged are named, and the others run', async () => {
    const wos = makeWos();
    const { client } = await wos.start();
    const spawn = spawner(client);
    const broken = await spawn('broken', ['park']);
    const blind = await spawn('blind', ['park'], { restart: onFailure });
    const good = await spawn('good', ['park'], { restart: onFailure });
    await killKernel(client);
    const home = (daemon: TestDaemon) => join(daemon.document.log, '..');
    writeFileSync(join(home(broken), 'record.json'), '{"version":1');
    appendFileSync(join(home(blind), 'settings.json'), '}');
    mkdirSync(join(wos.base, 'daemons', 'unfinished', 'log'), { recursive: true });
    const next = (await wos.start()).client;
    const { daemons, problems } = await next.request('daemon.list', {});
    expect(daemons.map(({ name }) => name)).toEqual(['blind', 'good']);
    expect(problems).toEqual([`The state of a daemon is damaged, remove it: ${home(broken)}`]);
    expect(readdirSync(join(wos.base, 'daemons'))).not.toContain('unfinished');
    await good.over(next).until(({ state }) => state === 'running');
    expect(await blind.over(next).status()).toMatchObject({ state: 'failed', reason: 'lost' });
    const found = await next.request('daemon.find', { name: 'blind' });
    expect(found).toEqual({ daemon: blind.document });
    const instance = '7b9f3f52-55a8-4f7e-9d55-0d6a60a7a004';
    const again = next.request('daemon.restart', { ...blind.key, next: instance });
    await expect(again).rejects.toMatchObject({ code: 'SpawnFailed', reason: 'engine-error' });
    expect(await blind.over(next).remove()).toEqual({ removed: true });
  });
});

describeWithPrograms('daemons of a kernel that is shut down', () => {
  it('are stopped for good, each by its own signal, also between two runs', async () => {
    const wos = makeWos();
    const { client } = await wos.start();
    const spawn = spawner(client);
    const restart = { policy: 'always', delay: 60_000, maxDelay: 60_000 } as const;
    const own = await spawn('own', ['graceful', 'say', 'up', 'park'], { restart, stopSignal: 'USR1' });
    const between = await spawn('between', ['exit', '0'], { restart });
    await own.says('up');
    await between.until(({ state }) => state === 'starting');
    await client.request('shutdown', { timeout: 5000 });
    const next = (await wos.start()).client;
    expect(await own.over(next).status()).toMatchObject({ state: 'stopped', exit: { signal: 'SIGUSR1' } });
    expect(await between.over(next).status()).toMatchObject({ state: 'stopped', exit: { code: 0 } });
  });

  it('keep it from ending for want of work, also while they have no process', async () => {
    const wos = makeWos();
    const { Wosd } = await import('../src/wosd/index.ts');
    const wosd = await Wosd.start({ stateDirectory: wos.stateDirectory, threads: 1, idleTimeout: 100 });
    const client = await wos.connect();
    const restart = { policy: 'on-failure', delay: 600, maxRestarts: 1 } as const;
    const daemon = await spawner(client)('busy', ['run', 'exit', '3'], { restart });
    await daemon.until(({ state }) => state === 'starting');
    let isClosed = false;
    void wosd.closed.then(() => {
      isClosed = true;
    });
    client.close();
    await sleep(300);
    expect(isClosed).toBe(false);
    // After its second run nothing is left to be done.
    await wosd.closed;
    expect(await daemon.lines()).toHaveLength(2);
    const record = JSON.parse(readFileSync(join(daemon.document.log, '../record.json'), 'utf8'));
    expect(record).toMatchObject({ phase: 'ended', reason: 'restart-limit', restarts: 1 });
  });
});

it('a kernel that is asked for nothing but daemons starts on demand', async () => {
  const wos = makeWos();
  const { client } = await startKernel(wos.stateDirectory);
  expect(await client.request('daemon.list', {})).toEqual({ daemons: [], problems: [] });
  client.close();
});
