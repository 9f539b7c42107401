import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { WosClient } from '../src/protocol/index.ts';
import { daemonParams, TestDaemon, type Wanted } from './support/daemons.ts';
import { sleep } from './support/kernel.ts';
import { describeWithPrograms } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();

describeWithPrograms('the life of a daemon', () => {
  const wos = makeWos();
  let client: WosClient;
  beforeAll(async () => {
    client = (await wos.start()).client;
  });
  const spawn = (name: string, commands: string[], wanted?: Wanted) =>
    TestDaemon.spawn(client, name, commands, wanted);
  const homes = () => readdirSync(join(wos.base, 'daemons'));

  it('runs, is found by each client, and ends by its stop signal', async () => {
    const daemon = await spawn('web', ['graceful', 'say', 'there', 'park']);
    await daemon.says('there');
    const status = await daemon.status();
    expect(status).toMatchObject({ state: 'running', restarts: 0, pid: daemon.document.pid });
    const other = await wos.connect();
    const found = await other.request('daemon.find', { name: 'web' });
    expect(found.daemon).toEqual({ ...daemon.document, spec: { name: 'web', program: 'daemon' } });
    expect((await other.request('daemon.list', {})).daemons).toContainEqual(daemon.document);
    expect(await other.request('daemon.find', { name: 'web', instance: 'another' })).toEqual({});
    await daemon.over(other).signal('HUP');
    await daemon.says('HUP');
    const [waited, stopped] = await Promise.all([daemon.over(other).wait(), daemon.stop()]);
    expect(stopped).toMatchObject({ state: 'stopped', exit: { code: 0 }, restarts: 0 });
    expect(waited).toEqual(stopped);
    expect(await daemon.stop()).toEqual(stopped);
    expect(await daemon.lines()).toEqual(['there', 'HUP', 'TERM']);
  });

  it.each([
    [['exit', '0'], { state: 'stopped', exit: { code: 0 } }],
    [['exit', '137'], { state: 'failed', reason: 'exit-code', exit: { code: 137 } }],
    [['crash'], { state: 'failed', reason: 'signal', exit: { signal: 'SIGABRT' } }],
    [['grow'], { state: 'failed', reason: 'oom' }],
  ])('ends as it ends: %j', async (commands, expected) => {
    const daemon = await spawn('ending', commands, { run: { limits: { memoryMax: 4 * 1024 * 1024 } } });
    const status = await daemon.wait();
    expect(status).toMatchObject(expected);
    expect(await daemon.status()).toEqual(status);
    await expect(daemon.signal('TERM')).rejects.toMatchObject({
      code: 'SignalFailed',
      reason: 'not-running',
    });
  });

  it('is killed when it does not stop in time, also while it is paused', async () => {
    const daemon = await spawn('deaf', ['deaf', 'say', 'begun', 'park']);
    await daemon.says('begun');
    await daemon.signal('STOP');
    await daemon.until(({ state }) => state === 'paused');
    const begun = Date.now();
    const stopping = daemon.stop(300);
    expect(await daemon.until(({ state }) => state === 'stopping')).toMatchObject({
      pid: daemon.document.pid,
    });
    expect(await stopping).toMatchObject({ state: 'stopped', exit: { signal: 'SIGKILL' } });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(290);
  });

  it('pauses and goes on; KILL from a client is a failure', async () => {
    const daemon = await spawn('loop', ['spin']);
    await daemon.signal('STOP');
    await daemon.until(({ state }) => state === 'paused');
    const used = async () => (await client.request('daemon.stats', daemon.key)).cpuUsec;
    const before = await used();
    await sleep(100);
    expect(await used()).toBe(before);
    await daemon.signal('CONT');
    await daemon.until(({ state }) => state === 'running');
    await daemon.signal('KILL');
    expect(await daemon.wait()).toMatchObject({
      state: 'failed',
      reason: 'signal',
      exit: { signal: 'SIGKILL' },
    });
    await expect(client.request('daemon.stats', daemon.key)).rejects.toMatchObject({ reason: 'not-running' });
  });

  it('has a name of its own while it lives; a later one replaces what has ended', async () => {
    const first = await spawn('name', ['park']);
    await expect(spawn('name', ['park'])).rejects.toMatchObject({
      code: 'SpawnFailed',
      reason: 'already-exists',
    });
    await expect(first.remove()).rejects.toMatchObject({ code: 'StatusFailed', reason: 'engine-error' });
    await first.signal('KILL');
    await first.wait();
    const before = homes().length;
    const both = await Promise.allSettled([spawn('name', ['park']), spawn('name', ['park'])]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(homes()).toHaveLength(before);
    await expect(first.status()).rejects.toMatchObject({ code: 'StatusFailed', reason: 'not-found' });
    await expect(first.signal('TERM')).rejects.toMatchObject({ code: 'SignalFailed', reason: 'not-found' });
    expect(await first.remove(true)).toEqual({ removed: false });
    const second = await client.request('daemon.find', { name: 'name' });
    expect(second.daemon?.instance).not.toBe(first.document.instance);
  });

  it('leaves nothing when it is removed', async () => {
    const before = homes();
    const daemon = await spawn('gone', ['deaf', 'park']);
    expect(await daemon.remove(true)).toEqual({ removed: true });
    expect(await daemon.remove()).toEqual({ removed: false });
    expect(homes()).toEqual(before);
    expect((await client.request('list', { all: true })).map(({ name }) => name)).not.toContain(
      'duende-gone',
    );
  });

  it('keeps its environment to its user', async () => {
    const daemon = await spawn('secret', ['env', 'TOKEN', 'park'], { run: { env: { TOKEN: 'hush' } } });
    await daemon.says('TOKEN=hush');
    const home = join(daemon.document.log, '..');
    const modes = ['.', 'settings.json', 'record.json', 'log'].map(
      (name) => statSync(join(home, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o700]);
    expect((await client.request('list', {})).find(({ name }) => name === 'duende-secret')).toMatchObject({
      pid: daemon.document.pid,
      log: daemon.document.log,
    });
  });

  it.each([
    [{ run: { module: '/none.wasm' } }, 'SpawnFailed', 'not-found', '/none.wasm'],
    [{ run: { module: '/proc/version' } }, 'SpawnFailed', 'exec-failed', ''],
    [{ run: { cwd: '/nowhere' } }, 'SpawnFailed', 'exec-failed', '/nowhere'],
    [{ run: { limits: { openFiles: 1 } } }, 'Config', 'invalid-setting', 'limits.openFiles'],
    [{ restart: { factor: 0 } }, 'Config', 'invalid-setting', 'restart.factor'],
    [{ stopSignal: 'BOOM' as 'TERM' }, 'Config', 'invalid-setting', 'stopSignal'],
  ])('is refused, and nothing is left: %j', async (wanted, code, reason, message) => {
    const before = homes();
    const former = await spawn('refused', ['exit', '3']);
    const status = await former.wait();
    await expect(spawn('refused', ['park'], wanted)).rejects.toMatchObject({
      code,
      reason,
      message: expect.stringContaining(message),
    });
    // What it was to replace is there as before.
    expect(await former.status()).toEqual(status);
    await former.remove();
    expect(homes()).toEqual(before);
  });

  it('of a client that goes before it is ready is taken back', async () => {
    const before = homes();
    const other = await wos.connect();
    const params = daemonParams('orphan', ['say', 'begun', 'park'], { readiness: 'notify' });
    const spawning = other.request('daemon.spawn', params);
    spawning.catch(() => undefined);
    for (let found = false; !found; ) {
      found = (await client.request('daemon.find', { name: 'orphan' })).daemon !== undefined;
    }
    expect(
      await client.request('daemon.status', { name: 'orphan', instance: params.instance }),
    ).toMatchObject({
      state: 'starting',
    });
    other.close();
    for (let found = true; found; await sleep(5)) {
      found = (await client.request('daemon.find', { name: 'orphan' })).daemon !== undefined;
    }
    expect(homes()).toEqual(before);
  });
});
