import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { TraceDocument, WosClient } from '../src/protocol/index.ts';
import { Wosd } from '../src/wosd/index.ts';
import { sleep, until } from './support/kernel.ts';
import { describeWithPrograms, program } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();

describeWithPrograms('processes over the control socket', () => {
  const wos = makeWos();
  let client: WosClient;
  beforeAll(async () => {
    client = (await wos.start()).client;
  });
  const spawn = (name: string, ...args: string[]) =>
    client.request('spawn', { module: program('basics'), name, args: [name, ...args] });
  const folders = () => readdirSync(join(wos.base, 'processes')).length;

  it('are seen, signalled and waited for by each client', async () => {
    const other = await wos.connect();
    const { pid } = await spawn('shared', 'sleep');
    expect((await other.request('list', {})).map(({ name }) => name)).toContain('shared');
    const waits = [client.request('wait', { pid }), other.request('wait', { pid })];
    await other.request('signal', { pid, signal: 'STOP' });
    for (let state = ''; state !== 'paused'; ) state = (await client.request('status', { pid })).state;
    await client.request('signal', { pid, signal: 'CONT' });
    await client.request('renice', { pid, priority: 7 });
    await client.request('signal', { pid, signal: 'HUP' });
    expect(await Promise.all(waits)).toEqual([{ signal: 'SIGHUP' }, { signal: 'SIGHUP' }]);
    expect(await client.request('status', { pid })).toMatchObject({ state: 'ended', priorityName: 'idle' });
    expect(await client.request('wait', { pid })).toEqual({ signal: 'SIGHUP' });
  });

  it('have names of their own while they run', async () => {
    const first = await spawn('twice', 'sleep');
    const both = await Promise.allSettled([
      spawn('twice', 'sleep'),
      spawn('free', 'sleep'),
      spawn('free', 'sleep'),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(both[0]).toMatchObject({ reason: { code: 'SpawnFailed', reason: 'already-exists' } });
    await client.request('terminate', { pid: first.pid });
    const second = await spawn('twice', 'exit', '0');
    expect(await client.request('wait', { pid: second.pid })).toEqual({ code: 0 });
    const unnamed = await client.request('spawn', { module: program('basics'), args: ['x', 'sleep'] });
    const next = await client.request('spawn', { module: program('basics'), args: ['x', 'sleep'] });
    expect([unnamed.name, next.name]).toEqual(['basics', 'basics-2']);
  });

  it.each([
    [{ module: '/none.wasm' }, 'SpawnFailed', 'not-found', 'The module /none.wasm cannot be read'],
    [{ module: '/proc/version' }, 'SpawnFailed', 'exec-failed', ''],
    [{ module: '/none.wasm', name: '../up' }, 'Config', 'invalid-setting', 'name: expected 1 to 80 letters'],
    [
      { module: 'PROGRAM', priority: 9 },
      'Config',
      'invalid-setting',
      'priority: expected a whole number from 0 to 7',
    ],
    [{ module: 'PROGRAM', capabilities: { root: true } }, 'Config', 'invalid-setting', 'no setting "root"'],
    [
      { module: 'PROGRAM', limits: { openFiles: 1 } },
      'Config',
      'invalid-setting',
      'limits.openFiles: expected a whole number from 3',
    ],
    [{ module: 'PROGRAM', cwd: '/x' }, 'SpawnFailed', 'exec-failed', 'The working directory /x'],
  ])('that cannot be are refused, and nothing is left: %j', async (params, code, reason, message) => {
    const before = folders();
    const module = params.module.replace('PROGRAM', program('basics'));
    await expect(client.request('spawn', { ...params, module })).rejects.toMatchObject({
      code,
      reason,
      message: expect.stringContaining(message),
    });
    expect(folders()).toBe(before);
  });

  it('are waited for as long as the client wants to', async () => {
    const other = await wos.connect();
    const { pid } = await spawn('waited', 'sleep');
    await expect(other.request('wait', { pid }, { timeout: 50 })).rejects.toMatchObject({
      code: 'StatusFailed',
      reason: 'timeout',
    });
    const signal = AbortSignal.timeout(50);
    await expect(other.request('wait', { pid }, { signal })).rejects.toMatchObject({
      message: 'The request was cancelled',
    });
    expect((await other.request('status', { pid })).state).toBe('running');
    other.close();
    await expect(other.request('info', {})).rejects.toMatchObject({ reason: 'unavailable' });
  });

  it('tell their calls while a client wants to know them', async () => {
    const { pid } = await spawn('traced', 'count');
    const calls: string[] = [];
    const ended = new AbortController();
    const onEvent = ({ events }: TraceDocument) => calls.push(...events.map(({ call }) => call));
    const tracing = client.request('trace', { pid }, { onEvent, signal: ended.signal });
    await until('calls are told', () => calls.includes('fd_write') && calls.includes('poll_oneoff'));
    const other = await wos.connect();
    await expect(other.request('trace', { pid })).rejects.toMatchObject({ code: 'TracerFailed' });
    ended.abort();
    await tracing;
    const seen = calls.length;
    await sleep(100);
    expect(calls.length).toBe(seen);
    expect((await client.request('status', { pid })).state).toBe('running');
    // A client that goes away stops tracing too.
    const gone = other.request('trace', { pid }).catch((error: Error) => error);
    other.close();
    expect(await gone).toMatchObject({ reason: 'unavailable' });
    let isFree = false;
    for (let round = 0; round < 500 && !isFree; round++) {
      const signal = AbortSignal.timeout(5);
      isFree = await client.request('trace', { pid }, { signal }).then(
        () => true,
        () => false,
      );
    }
    expect(isFree).toBe(true);
  });

  it('are terminated: TERM first, KILL when that is ignored', async () => {
    const params = { module: program('signals'), name: 'deaf', args: ['deaf', 'trap'] };
    const { pid, log } = await client.request('spawn', params);
    await until('it is ready', () => existsSync(join(log, '0000000001')));
    const began = performance.now();
    expect(await client.request('terminate', { pid, timeout: 200 })).toEqual({ signal: 'SIGKILL' });
    expect(performance.now() - began).toBeGreaterThan(190);
    await expect(
      client.request('remove', { pid: (await spawn('stays', 'sleep')).pid }),
    ).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringMatching(/^The process \d+ runs$/),
    });
  });

  it('end with the kernel, which is told to clients; the next kernel knows how they ended', async () => {
    const { pid } = await spawn('last', 'sleep');
    const waits = client.request('wait', { pid });
    const other = await wos.connect();
    await other.request('shutdown', { timeout: 1000 });
    expect(await waits).toEqual({ signal: 'SIGTERM' });
    await expect(client.request('info', {})).rejects.toMatchObject({ message: 'The kernel was shut down' });
    expect(existsSync(join(wos.base, 'control'))).toBe(false);
    const next = await wos.start();
    expect(next.lost).toEqual([]);
    expect(await next.client.request('status', { pid })).toMatchObject({
      state: 'ended',
      exit: { signal: 'SIGTERM' },
    });
  });
});

it('a kernel with nothing to do ends after a while, and not before', async () => {
  const wos = makeWos();
  const wosd = await Wosd.start({ stateDirectory: wos.stateDirectory, threads: 1, idleTimeout: 200 });
  await wosd.booted;
  const client = await wos.connect();
  await sleep(400);
  expect((await client.request('info', {})).processes).toBe(0);
  const began = performance.now();
  client.close();
  await wosd.closed;
  expect(performance.now() - began).toBeGreaterThan(190);
  expect(existsSync(join(wos.base, 'control'))).toBe(false);
});
