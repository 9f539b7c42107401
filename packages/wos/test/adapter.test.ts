import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonHandle, TraceEvent } from '@duende/core';
import { expect, it } from 'vitest';
import { wosCapabilities } from '../src/adapter/capabilities.ts';
import { WosAdapter } from '../src/adapter/index.ts';
import { probeWos } from '../src/adapter/probe.ts';
import { WosClient } from '../src/protocol/index.ts';
import { useAdapter } from './support/adapter.ts';
import { sleep } from './support/kernel.ts';
import { describeWithPrograms, program, temporaryFolder } from './support/programs.ts';

it('a Node without JSPI is told apart, with what to do', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(probeWos(true)).toMatchObject({ available: true, engine: 'WOS kernel', version });
  expect(probeWos(false)).toEqual({
    available: false,
    why: `This Node.js (${process.version}) cannot suspend WebAssembly: it has no JSPI`,
    fix: 'Use Node.js 24 or later',
  });
  expect(wosCapabilities(false).daemons.program).toMatchObject({ supported: false });
});

const nothing = temporaryFolder();

it('where nothing was spawned, nothing is started to say so', async () => {
  const stateDirectory = join(nothing, 'state');
  const adapter = new WosAdapter({ stateDirectory });
  expect(await adapter.probe()).toMatchObject({ available: true });
  expect([await adapter.list(), await adapter.problems(), await adapter.find('x')]).toEqual([
    [],
    [],
    undefined,
  ]);
  const handle = { version: 1, name: 'x', platform: 'wos', id: 'y', data: { kind: 'wos', pid: 2 } } as const;
  const missing = { reason: 'not-found' };
  await expect(adapter.status(handle)).rejects.toMatchObject({ code: 'StatusFailed', ...missing });
  await expect(adapter.signal(handle, 'HUP')).rejects.toMatchObject({ code: 'SignalFailed', ...missing });
  await expect(adapter.attachTracer(handle)).rejects.toMatchObject({ code: 'TracerFailed', ...missing });
  await expect(adapter.restart(handle)).rejects.toMatchObject({ code: 'SpawnFailed', ...missing });
  await adapter.remove(handle);
  await adapter.close();
  expect(existsSync(stateDirectory)).toBe(false);
});

describeWithPrograms('a daemon in C', () => {
  const { adapter, folder, stateDirectory, paths, killKernel } = useAdapter();
  const start = (name: string, args: string[], more = {}): Promise<DaemonHandle> =>
    adapter.spawn({ name, program: program('probe'), args, ...more });

  it('is a process duende-NAME, and may use what it was granted, by the name that it was given', async () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    writeFileSync(join(data, 'there'), '');
    const platform = { wos: { capabilities: [`fs:read=${data}:/`], priority: 'low' } };
    const handle = await start('files', ['open', '/there'], { platform, cwd: '/' });
    const client = await WosClient.connect(paths.base);
    const processes = await client.request('list', {});
    client.close();
    expect(processes).toMatchObject([
      { name: 'duende-files', pid: (handle.data as { pid: number }).pid, priorityName: 'low' },
    ]);
    const tracer = await adapter.attachTracer(handle, { calls: ['path_open'] });
    const seen: TraceEvent[] = [];
    // It may be so early that it sees how the working directory is opened.
    for await (const event of tracer) {
      if (event.args[2] !== 'path="."' && seen.push(event) === 2) break;
    }
    for (const { call, args, result, error } of seen) {
      expect([call, args[2], result, error]).toEqual(['path_open', 'path="./there"', '0', undefined]);
    }
    await adapter.remove(handle, { force: true });
    expect(await adapter.find('files')).toBeUndefined();
  });

  it('a trace of one that does nothing is attached, and ends', async () => {
    const handle = await start('idle', ['park']);
    const tracer = await adapter.attachTracer(handle);
    await tracer.detach();
    expect(tracer.summary()).toEqual({ calls: {}, total: 0 });
    expect(await adapter.status(handle)).toMatchObject({ state: 'running' });
    await adapter.remove(handle, { force: true });
  });

  it('the adapter does not keep Node running, and the daemon outlives it', async () => {
    const client = new URL('./support/one-spawn.ts', import.meta.url).pathname;
    const env = { ...process.env, DUENDE_STATE_DIR: stateDirectory };
    const child = spawn(process.execPath, [client, program('probe')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (block) => {
      printed += String(block);
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(0);
    const handle = JSON.parse(printed) as DaemonHandle;
    expect(await adapter.status(handle)).toMatchObject({ state: 'running' });
    await adapter.remove(handle, { force: true });
  });

  it('a kernel that is killed: by their policy daemons are lost or run again, and who waits is told', async () => {
    const lost = await start('lost', ['park']);
    const again = await start('again', ['run', 'park'], { restart: { policy: 'on-failure', delay: 1 } });
    const ended = adapter.wait(lost);
    await sleep(50);
    await killKernel();
    expect(await ended).toMatchObject({ state: 'failed', reason: 'lost', restarts: 0 });
    expect((await adapter.list()).map(({ name }) => name)).toEqual(['lost', 'again']);
    for (let left = 200; (await adapter.status(again)).state !== 'running'; left -= 1) {
      expect(left).toBeGreaterThan(0);
      await sleep(20);
    }
    expect(await adapter.status(again)).toMatchObject({ state: 'running', restarts: 1 });
    await adapter.remove(lost);
    await adapter.remove(again, { force: true });
  });
});
