import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WosClient } from '../src/protocol/index.ts';
import { makePrivateFolder } from '../src/wosd/folder.ts';
import { Wosd } from '../src/wosd/index.ts';
import { until } from './support/kernel.ts';
import { describeWithPrograms, program } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();

it('a socket that a killed kernel left is no kernel, and in nobody’s way', async () => {
  const wos = makeWos();
  makePrivateFolder(wos.base);
  const path = join(wos.base, 'control');
  // What a process leaves that has no time to clean up.
  const { execFileSync } = await import('node:child_process');
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  expect(() => execFileSync(process.execPath, ['-e', script, path])).toThrow();
  expect(existsSync(path)).toBe(true);
  await expect(WosClient.connect(wos.base)).rejects.toMatchObject({
    code: 'StatusFailed',
    reason: 'unavailable',
    message: 'The kernel does not run',
  });
  const { client } = await wos.start();
  expect((await client.request('info', {})).processes).toBe(0);
});

it('there is one kernel for a folder, and it says which; what listens there without the lock is replaced', async () => {
  const wos = makeWos();
  const { client } = await wos.start();
  const { pid } = await client.request('info', {});
  await expect(Wosd.start({ stateDirectory: wos.stateDirectory })).rejects.toMatchObject({
    code: 'Config',
    reason: 'already-exists',
    message: `A kernel runs already in ${wos.base}, with PID ${pid}`,
  });
  expect((await client.request('info', {})).pid).toBe(pid);
});

it('of many clients at once one starts the kernel, and all have it', async () => {
  const wos = makeWos();
  const started = await Promise.all([wos.start(), wos.start(), wos.start()]);
  const pids = await Promise.all(started.map(({ client }) => client.request('info', {})));
  expect(new Set(pids.map(({ pid }) => pid)).size).toBe(1);
});

it('a folder that cannot be one is refused, in one line', async () => {
  const wos = makeWos();
  writeFileSync(wos.stateDirectory, '');
  await expect(wos.start()).rejects.toMatchObject({
    code: 'Config',
    reason: 'permission-denied',
    message: expect.stringContaining(`The state folder ${wos.base} cannot be used`),
  });
});

it('a client whose kernel never greets gives up', async () => {
  const wos = makeWos();
  makePrivateFolder(wos.base);
  const server = createServer(() => undefined).listen(join(wos.base, 'control'));
  await expect(WosClient.connect(wos.base, { timeout: 50 })).rejects.toMatchObject({ reason: 'timeout' });
  server.close();
});

describeWithPrograms('a kernel that is killed', () => {
  it('is told to clients in the middle, and the next one reports what ran', async () => {
    const wos = makeWos();
    const { client, lost: before } = await wos.start();
    expect(before).toEqual([]);
    const done = await client.request('spawn', {
      module: program('basics'),
      args: ['x', 'exit', '3'],
      name: 'done',
    });
    expect(await client.request('wait', { pid: done.pid })).toEqual({ code: 3 });
    const runs = await client.request('spawn', {
      module: program('basics'),
      args: ['x', 'count'],
      name: 'runs',
    });
    const written = () => {
      const file = join(runs.log, '0000000001');
      return existsSync(file) && readFileSync(file, 'utf8').includes('tick 0');
    };
    await until('it writes', written);
    const waits = client.request('wait', { pid: runs.pid });
    process.kill((await client.request('info', {})).pid, 'SIGKILL');
    await expect(waits).rejects.toMatchObject({
      code: 'StatusFailed',
      reason: 'unavailable',
      message: 'The kernel was killed, and its processes with it',
    });
    // Without a kernel wos-ctl still knows.
    expect(JSON.parse((await wos.ctl(['ps', '--json'])).stdout)).toEqual([]);
    expect(JSON.parse((await wos.ctl(['status', '--name', 'runs', '--json'])).stdout)).toMatchObject({
      state: 'lost',
    });

    const spawned = await wos.ctl(['spawn', '--wasm', program('basics'), '--json', '--', 'exit', '0']);
    expect(spawned.stderr).toBe(
      `wos-ctl: The kernel before this one was killed. Lost: runs (PID ${runs.pid}). See wos-ctl ps --all\n`,
    );
    // Numbers of those that are remembered are not given again.
    expect(JSON.parse(spawned.stdout).pid).toBe(runs.pid + 1);
    const again = await wos.connect();
    expect((await again.request('info', {})).lost).toEqual([{ pid: runs.pid, name: 'runs' }]);
    const all = await again.request('list', { all: true });
    expect(all.slice(0, 2).map(({ name, state, exit }) => ({ name, state, exit }))).toEqual([
      { name: 'done', state: 'ended', exit: { code: 3 } },
      { name: 'runs', state: 'lost', exit: undefined },
    ]);
    await expect(again.request('signal', { pid: runs.pid, signal: 'TERM' })).rejects.toMatchObject({
      code: 'SignalFailed',
      reason: 'not-running',
    });
    expect(readFileSync(join(runs.log, '0000000001'), 'utf8')).toContain(' tick 0');
    await again.request('remove', { pid: runs.pid });
    expect(existsSync(runs.log)).toBe(false);
    await expect(again.request('status', { pid: runs.pid })).rejects.toMatchObject({ reason: 'not-found' });
  });
});
