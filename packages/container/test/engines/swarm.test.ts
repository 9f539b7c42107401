import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type DaemonHandle, type DaemonSpecInput, type LogLine, parseSpec } from '@duende/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/docker/address.ts';
import { HttpEngine } from '../../src/docker/engine.ts';
import { prepareImage } from '../../src/prepare-image.ts';
import { readSettings } from '../../src/read-settings.ts';
import { StateFolder } from '../../src/state-folder.ts';
import { type Service, serviceLabel } from '../../src/swarm/api.ts';
import { SwarmOrchestrator } from '../../src/swarm/index.ts';
import { addressOf } from './engines.ts';

const probe = fileURLToPath(new URL(`../../../conformance/prebuilt/linux-${arch()}/probe`, import.meta.url));

const parent = mkdtempSync('/var/tmp/duende-swarm-test-');
const state = new StateFolder(parent, 'docker');

function open(name: 'swarm' | 'docker') {
  const engine = new HttpEngine('docker', parseAddress(addressOf(name)));
  const swarm = SwarmOrchestrator.of(engine, state.base);
  const spawn = async (
    name: string,
    args: readonly string[],
    {
      swarm: placed = {},
      container = {},
      ...more
    }: Record<string, unknown> & { swarm?: object; container?: object } = {},
  ): Promise<DaemonHandle> => {
    const input = {
      name,
      program: probe,
      args,
      stopTimeout: '1s',
      startTimeout: '20s',
      platform: { container: { network: 'host', swarm: placed, ...container } },
      ...more,
    } as unknown as DaemonSpecInput;
    const spec = parseSpec(input, 'container');
    const settings = readSettings(spec);
    const image = () => prepareImage({ engine, state }, spec, settings);
    return await swarm.spawn({ spec, settings, input, image });
  };
  return { engine, swarm, spawn };
}

describe('SwarmOrchestrator', () => {
  const { engine, swarm, spawn } = open('swarm');

  const services = () => engine.connection.json<Service[]>('/services');
  const containersOf = (id: string) => engine.list({ [serviceLabel]: id });
  const idOf = ({ data }: DaemonHandle): string => (data.kind === 'container' ? data.containerId : '');
  const lines = async (handle: DaemonHandle, options = {}): Promise<LogLine[]> => {
    const all: LogLine[] = [];
    for await (const line of swarm.logs(handle, options)) all.push(line);
    return all;
  };
  const texts = async (handle: DaemonHandle, options = {}): Promise<string[]> =>
    (await lines(handle, options)).map(({ text }) => text);
  const until = async <T>(look: () => Promise<T>, good: (value: T) => boolean): Promise<T> => {
    for (const end = Date.now() + 20_000; ; await sleep(25)) {
      const value = await look();
      if (good(value)) return value;
      if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)}`);
    }
  };
  const refusal = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    return error as { code: string; reason: string; field?: string; message: string; hint?: string };
  };

  beforeAll(async () => {
    expect(await services()).toEqual([]);
  });

  afterEach(async () => {
    for (const handle of await swarm.list()) await swarm.remove(handle, { force: true });
    expect(await services()).toEqual([]);
    expect(await engine.list({})).toEqual([]);
  });

  afterAll(() => {
    engine.close();
    rmSync(parent, { recursive: true, force: true });
  });

  it('runs three replicas, and tells of each', async () => {
    const handle = await spawn('web', ['park'], { swarm: { replicas: 3 } });
    expect(handle.data).toMatchObject({ kind: 'container', runtime: 'swarm' });
    const status = await swarm.status(handle);
    expect(status).toMatchObject({ state: 'running', restarts: 0 });
    expect(status.message).toMatch(
      /^web\.1 on \S+: running; web\.2 on \S+: running; web\.3 on \S+: running$/,
    );
    const pid = status.pid ?? 0;
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain('DUENDE_NAME=web');
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe(`${probe}\0park\0`);
    expect(await swarm.list()).toEqual([handle]);
    expect(await swarm.find('web')).toEqual(handle);
    expect(await swarm.find('other')).toBeUndefined();
  });

  it('keeps an image that was made here on this node', async () => {
    await spawn('here', ['park']);
    const [{ Spec }] = (await services()) as [Service];
    const { Placement, ContainerSpec } = Spec.TaskTemplate;
    expect(Placement?.Constraints).toEqual([expect.stringMatching(/^node\.id==\w{25}$/)]);
    expect(ContainerSpec.Image).toMatch(/^sha256:/);
  });

  it('gives the lines of all replicas, also after the end, whole', async () => {
    const handle = await spawn('chatty', ['print', '30', '40000', 'both', '0', 'say', 'over', 'park'], {
      swarm: { replicas: 3 },
    });
    const all = await until(
      () => lines(handle),
      (found) => found.filter(({ text }) => text === 'over').length === 3,
    );
    expect(all).toHaveLength(93);
    expect(all.filter(({ text }) => text.length === 39_999)).toHaveLength(90);
    expect(all.filter(({ stream }) => stream === 'stderr')).toHaveLength(45);
    expect(all.map(({ time }) => time)).toEqual(all.map(({ time }) => time).toSorted());
    const key = ({ time, text }: LogLine) => `${time} ${text.slice(0, 9)}`;
    expect((await lines(handle, { tail: 4 })).map(key)).toEqual(all.slice(-4).map(key));
    const since = all[50]?.time ?? '';
    expect((await lines(handle, { since })).map(key)).toEqual(
      all.filter(({ time }) => time >= since).map(key),
    );
    await swarm.stop(handle);
    expect((await lines(handle)).map(key)).toEqual(all.map(key));
  });

  it('follows the lines of all replicas until they have ended', async () => {
    const handle = await spawn('ticker', ['say', 'begun', 'sleep', '1500', 'say', 'late', 'say', 'late'], {
      swarm: { replicas: 2 },
    });
    const followed = await texts(handle, { follow: true });
    expect(followed.toSorted()).toEqual(['begun', 'begun', 'late', 'late', 'late', 'late']);
    expect((await swarm.status(handle)).state).toBe('stopped');
    expect(await texts(handle, { follow: true, tail: 1 })).toEqual(['late']);
  });

  it('gives up following when it is told to', async () => {
    const handle = await spawn('count', ['count']);
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { text } of swarm.logs(handle, { follow: true, signal: stop.signal })) {
      seen.push(text);
      if (seen.length === 100) stop.abort();
    }
    expect(seen.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, index) => `tick ${index + 1}`));
  });

  it('has a task replaced that was killed', async () => {
    const handle = await spawn('killed', ['park'], { swarm: { replicas: 2 }, restart: 'always' });
    const { pid = 0 } = await swarm.status(handle);
    process.kill(pid, 'SIGKILL');
    const status = await until(
      () => swarm.status(handle),
      ({ state, restarts }) => state === 'running' && restarts === 1,
    );
    expect(status.lastExit).toEqual({ signal: 'SIGKILL' });
    expect(status.pid).not.toBe(pid);
  });

  it('says that no node meets a constraint, and leaves nothing', async () => {
    const error = await refusal(
      spawn('nowhere', ['park'], { swarm: { constraints: ['node.labels.disk==ssd'] }, startTimeout: '1s' }),
    );
    expect(error).toMatchObject({
      code: 'SpawnFailed',
      reason: 'timeout',
      field: 'platform.container.swarm.constraints',
    });
    expect(error.message).toContain('no suitable node (scheduling constraints not satisfied on 1 node)');
    expect(await services()).toEqual([]);
  });

  it('says what a node cannot start, and leaves nothing', async () => {
    await spawn('first', ['park']);
    const [{ Spec }] = (await services()) as [Service];
    const image = Spec.TaskTemplate.ContainerSpec.Image;
    const missing = await refusal(
      spawn('missing', [], { program: '/nothing', container: { image }, restart: 'always' }),
    );
    expect(missing).toMatchObject({ code: 'SpawnFailed', reason: 'exec-failed' });
    expect(missing.message).toMatch(/no such file or directory/i);
    expect((await services()).map(({ Spec }) => Spec.Name)).toEqual(['duende-first']);
  });

  it('replaces what runs by and by at a restart', async () => {
    const handle = await spawn('rolling', ['run', 'trap'], {
      swarm: { replicas: 2, updateOrder: 'start-first', updateParallelism: 1 },
    });
    const before = (await containersOf(idOf(handle))).map(({ id }) => id);
    let least = 2;
    let isDone = false;
    const watch = (async () => {
      for (; !isDone; await sleep(10)) {
        const running = (await containersOf(idOf(handle))).filter(({ state }) => state === 'running').length;
        least = Math.min(least, running);
      }
    })();
    const later = await swarm.restart(handle);
    isDone = true;
    await watch;
    expect(least).toBe(2);
    expect(later.id).not.toBe(handle.id);
    expect(later.data).toEqual(handle.data);
    expect(await refusal(swarm.status(handle))).toMatchObject({ reason: 'not-found' });
    const status = await until(
      () => swarm.status(later),
      ({ state }) => state === 'running',
    );
    expect(status.restarts).toBe(0);
    const running = await until(
      async () => (await containersOf(idOf(handle))).filter(({ state }) => state === 'running'),
      ({ length }) => length === 2,
    );
    expect(running.filter(({ id }) => before.includes(id))).toEqual([]);
    expect((await texts(later)).filter((text) => text.startsWith('run '))).toHaveLength(4);
  });

  it.each([
    [['sleep', '200', 'exit', '3'], { state: 'failed', reason: 'exit-code', exit: { code: 3 } }],
    [['exit', '0'], { state: 'stopped', exit: { code: 0 } }],
    [['exit', '7'], { state: 'failed', reason: 'exit-code', exit: { code: 7 } }],
  ])('tells the end of %s', async (args, end) => {
    const handle = await spawn('ends', args);
    expect(await swarm.wait(handle)).toMatchObject({ ...end, restarts: 0, finishedAt: expect.any(String) });
    expect(await swarm.stop(handle)).toMatchObject(end);
  });

  it('tells an end by a signal, and for want of memory', async () => {
    const handle = await spawn('signalled', ['park']);
    const { pid = 0 } = await swarm.status(handle);
    process.kill(pid, 'SIGKILL');
    expect(await swarm.wait(handle)).toMatchObject({
      state: 'failed',
      reason: 'signal',
      exit: { signal: 'SIGKILL' },
    });
    const greedy = await spawn('greedy', ['sleep', '300', 'allocate', '200000000', 'park'], {
      resources: { memoryMax: '20M' },
    });
    expect(await swarm.wait(greedy)).toMatchObject({ state: 'failed', reason: 'oom' });
  });

  it('fails when it was started again too often', async () => {
    const handle = await spawn('limited', ['say', 'run', 'exit', '4'], {
      restart: { policy: 'on-failure', delay: '50ms', maxRestarts: 2 },
    });
    const status = await swarm.wait(handle);
    expect(status).toMatchObject({
      state: 'failed',
      reason: 'restart-limit',
      restarts: 2,
      exit: { code: 4 },
    });
    expect(await texts(handle)).toEqual(['run', 'run', 'run']);
  });

  it('stops, starts again and is removed', async () => {
    const handle = await spawn('cycle', ['run', 'graceful'], { swarm: { replicas: 2 }, restart: 'always' });
    expect(await refusal(swarm.remove(handle))).toMatchObject({
      code: 'StatusFailed',
      reason: 'engine-error',
    });
    const waited = swarm.wait(handle);
    const stopped = await swarm.stop(handle);
    expect(stopped).toMatchObject({ state: 'stopped', restarts: 0 });
    expect(await waited).toMatchObject({ state: 'stopped' });
    expect(await swarm.stop(handle)).toEqual(stopped);
    expect(await refusal(swarm.signal(handle, 'TERM'))).toMatchObject({
      code: 'SignalFailed',
      reason: 'not-running',
    });
    expect(await refusal(swarm.stats(handle))).toMatchObject({ reason: 'not-running' });
    const again = await swarm.restart(handle);
    expect(again.id).not.toBe(handle.id);
    const status = await until(
      () => swarm.status(again),
      ({ state }) => state === 'running',
    );
    expect(status.message).toMatch(/cycle\.1 on \S+: running; cycle\.2 on \S+: running/);
    expect((await texts(again)).filter((text) => text.startsWith('run '))).toHaveLength(4);
    await swarm.stop(again);
    await swarm.remove(again);
    await swarm.remove(again);
    await swarm.remove(handle);
    expect(await refusal(swarm.status(again))).toMatchObject({ code: 'StatusFailed', reason: 'not-found' });
    expect(await swarm.find('cycle')).toBeUndefined();
  });

  it('kills at a stop what does not heed it, sooner when asked', async () => {
    const handle = await spawn('deaf', ['ignore', 'TERM', 'park'], { stopTimeout: '30s' });
    const begun = Date.now();
    expect(await swarm.stop(handle, { timeout: 300 })).toMatchObject({
      state: 'stopped',
      exit: { signal: 'SIGKILL' },
    });
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  it('sends signals to every task', async () => {
    const handle = await spawn('heard', ['trap'], { swarm: { replicas: 3 } });
    await until(
      () => texts(handle),
      ({ length }) => length === 3,
    );
    await swarm.signal(handle, 'USR1');
    await until(
      () => texts(handle),
      (found) => found.filter((text) => text.includes('USR1')).length === 3,
    );
    await swarm.signal(handle, 'STOP');
    expect(await swarm.status(handle)).toMatchObject({ state: 'paused' });
    await swarm.signal(handle, 'CONT');
    expect(await swarm.status(handle)).toMatchObject({ state: 'running' });
    await swarm.signal(handle, 'STOP');
    await swarm.signal(handle, 'KILL');
    expect(await swarm.wait(handle)).toMatchObject({ state: 'failed', reason: 'signal' });
  });

  it('adds up what the tasks use', async () => {
    const handle = await spawn('used', ['allocate', '8000000', 'park'], {
      swarm: { replicas: 2 },
      resources: { memoryMax: '64M', pidsMax: 20 },
    });
    const stats = await until(
      () => swarm.stats(handle),
      ({ memoryBytes = 0 }) => memoryBytes > 16_000_000,
    );
    expect(stats.memoryLimitBytes).toBe(2 * 64 * 1024 * 1024);
    expect(stats.pids).toBeGreaterThanOrEqual(2);
    expect(stats.measured).toEqual(expect.arrayContaining(['cpuUsec', 'memoryBytes', 'pids', 'uptimeMs']));
  });

  it('enforces what swarm can', async () => {
    const wanted = {
      user: 1234,
      group: 1235,
      cwd: '/tmp',
      env: { A: 'b=c' },
      container: { network: 'host', tmpfs: ['/scratch'] },
      resources: { openFilesMax: 99, pidsMax: 33, cpuQuota: 0.5 },
      sandbox: { filesystem: { mode: 'read-only' }, capabilities: ['CAP_CHOWN'] },
    };
    const handle = await spawn('bound', ['park'], wanted);
    const told = await spawn('told', ['report'], wanted);
    const { pid = 0 } = await swarm.status(handle);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\s1234\s/m);
    expect(status).toMatch(/^Gid:\s1235\s/m);
    expect(status).toMatch(/^CapBnd:\s0000000000000001$/m);
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/Max open files\s+99\s+99/);
    const mounts = readFileSync(`/proc/${pid}/mounts`, 'utf8');
    expect(mounts).toMatch(/^\S+ \/ \S+ ro,/m);
    expect(mounts).toMatch(/^tmpfs \/scratch tmpfs rw/m);
    const report = await until(
      () => texts(told),
      ({ length }) => length > 5,
    );
    expect(report).toEqual(
      expect.arrayContaining(['cwd "/tmp"', 'env "A=b=c"', 'env "DUENDE_PLATFORM=container"']),
    );
    const [container] = await containersOf(idOf(handle));
    const { HostConfig } = await engine.connection.json<{ HostConfig: object }>(
      `/containers/${container?.id}/json`,
    );
    expect(HostConfig).toMatchObject({
      PidsLimit: 33,
      NanoCpus: 500_000_000,
      NetworkMode: 'host',
      Init: true,
    });
  });

  it('has swarm check the health', async () => {
    const health = (code: string) => ({
      type: 'command',
      command: [probe, 'exit', code],
      interval: '100ms',
      retries: 1,
    });
    const handle = await spawn('healthy', ['park'], { health: health('0') });
    expect(await swarm.status(handle)).toMatchObject({ state: 'running' });
    const error = await refusal(spawn('ill', ['park'], { health: health('1') }));
    expect(error).toMatchObject({ code: 'SpawnFailed', reason: 'exec-failed' });
    expect(error.message).toMatch(/unhealthy/);
  });

  it('leaves a service alone that it did not make', async () => {
    await spawn('mine', ['park']);
    const [{ Spec }] = (await services()) as [Service];
    const body = { ...Spec, Name: 'duende-theirs', Labels: { note: 'foreign' } };
    const { ID } = await engine.connection.json<{ ID: string }>('/services/create', {
      method: 'POST',
      json: body,
    });
    try {
      expect(await refusal(spawn('theirs', ['park']))).toMatchObject({
        code: 'SpawnFailed',
        reason: 'already-exists',
        message: 'There is a service duende-theirs that this Duende did not make',
      });
      expect(await swarm.find('theirs')).toBeUndefined();
      expect((await swarm.list()).map(({ name }) => name)).toEqual(['mine']);
      const now = await engine.connection.json<Service>(`/services/${ID}`);
      expect(now.Spec.Labels).toEqual({ note: 'foreign' });
    } finally {
      await engine.connection.done(`/services/${ID}`, { method: 'DELETE' });
      await until(
        () => containersOf(ID),
        ({ length }) => length === 0,
      );
    }
  });

  it('takes the name of its own service only when that has ended', async () => {
    const first = await spawn('name', ['park']);
    expect(await refusal(spawn('name', ['park']))).toMatchObject({
      reason: 'already-exists',
      message: 'A daemon named name is running already',
    });
    await swarm.stop(first);
    const second = await spawn('name', ['park']);
    expect(await refusal(swarm.status(first))).toMatchObject({ reason: 'not-found' });
    expect(await swarm.status(second)).toMatchObject({ state: 'running' });
  });

  it('lets one of several spawns of a name win', async () => {
    const all = await Promise.allSettled(Array.from({ length: 4 }, () => spawn('raced', ['park'])));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('gives up waiting when it is told to', async () => {
    const handle = await spawn('long', ['park']);
    await expect(swarm.wait(handle, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  it('sees a service that others have scaled to nothing as stopped', async () => {
    const handle = await spawn('scaled', ['park']);
    const service = await engine.connection.json<Service>(`/services/${idOf(handle)}`);
    await engine.connection.done(`/services/${idOf(handle)}/update`, {
      method: 'POST',
      query: { version: service.Version.Index },
      json: { ...service.Spec, Mode: { Replicated: { Replicas: 0 } } },
    });
    expect(await swarm.wait(handle)).toMatchObject({
      state: 'stopped',
      message: expect.stringContaining('scaled to 0'),
    });
  });
});

describe('SwarmOrchestrator on an engine that is no manager', () => {
  const { engine, swarm, spawn } = open('docker');
  afterAll(() => engine.close());

  it('says so, and has no services', async () => {
    await expect(spawn('web', ['park'])).rejects.toMatchObject({
      code: 'NotSupported',
      reason: 'unavailable',
      message: 'This engine is no manager of a swarm: its swarm is inactive',
      hint: expect.stringContaining('docker swarm init'),
    });
    expect(await swarm.list()).toEqual([]);
    expect(await swarm.find('web')).toBeUndefined();
    const data = { kind: 'container', runtime: 'swarm', containerId: 'x' } as const;
    const handle: DaemonHandle = { version: 1, name: 'web', platform: 'container', id: 'x.1', data };
    await expect(swarm.status(handle)).rejects.toMatchObject({ code: 'NotSupported', reason: 'unavailable' });
  });
});
