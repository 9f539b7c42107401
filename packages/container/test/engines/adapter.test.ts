import { rmSync } from 'node:fs';
import { hostProbe } from '@duende/conformance';
import type { DaemonHandle } from '@duende/core';
import { afterAll, describe, expect, it } from 'vitest';
import { ContainerAdapter, type Runtime } from '../../src/index.ts';
import { selectEngine } from '../../src/select-engine.ts';
import { addressOf } from './engines.ts';
import { makeStateDirectory } from './harness.ts';

const stateDirectory = makeStateDirectory();
const probe = hostProbe({ folder: '/var/tmp' });
let count = 0;
const name = (): string => `adapter-${process.pid}-${count++}`;

const textOf = async (adapter: ContainerAdapter, handle: DaemonHandle): Promise<string[]> => {
  const lines: string[] = [];
  for await (const { text } of adapter.logs(handle)) lines.push(text);
  return lines;
};

afterAll(async () => {
  await probe.cleanup();
  rmSync(stateDirectory, { recursive: true, force: true });
});

describe.each(['docker', 'podman', 'containerd'] satisfies Runtime[])('%s', (runtime) => {
  const host = addressOf(runtime);
  const adapter = new ContainerAdapter({ runtime, host, stateDirectory });

  afterAll(async () => {
    for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
    await adapter.close();
  });

  it('runs a shell of this machine, as nobody in particular and without a network', async () => {
    const { program } = await probe.program([]);
    const handle = await adapter.spawn({ name: name(), program, args: ['report'] });
    expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped', exit: { code: 0 } });
    const lines = await textOf(adapter, handle);
    expect(lines).toContain('uid 65532');
    expect(lines).toContain('cwd "/"');
    await adapter.remove(handle);
  });

  it('detects itself from inside, where detectPlatform() says container', async () => {
    const handle = await adapter.spawn({
      name: name(),
      module: new URL('./platform-daemon.ts', import.meta.url).pathname,
      env: { DUENDE_PLATFORM: '' },
    });
    expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped' });
    const lines = await textOf(adapter, handle);
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said.find(({ msg }) => msg === 'platform')).toMatchObject({ detected: 'container' });
    const refused = said.find(({ msg }) => msg === 'adapter');
    expect(refused?.hint).toMatch(/socket and the state folder .* -v \/var\/run\/docker\.sock/);
    await adapter.remove(handle);
  });

  it('leaves a container of somebody else alone that has the name', async () => {
    const { program } = await probe.program([]);
    const mine = name();
    const other = new ContainerAdapter({ runtime, host, stateDirectory: `${stateDirectory}/other` });
    const theirs = await other.spawn({ name: mine, program, args: ['park'] });
    await expect(adapter.spawn({ name: mine, program, args: ['park'] })).rejects.toMatchObject({
      code: 'SpawnFailed',
      reason: 'already-exists',
      message: expect.stringMatching(/did not make/),
    });
    expect(await adapter.find(mine)).toBeUndefined();
    expect(await adapter.list()).toEqual([]);
    await expect(adapter.remove(theirs, { force: true })).resolves.toBeUndefined();
    expect((await other.status(theirs)).state).toBe('running');
    await other.remove(theirs, { force: true });
    await other.close();
  });

  it('an image that is nowhere: one clear line, and nothing is left', async () => {
    const spec = { name: name(), program: '/bin/true' };
    const container = { image: 'localhost:1/nothing/here:1' };
    await expect(adapter.spawn({ ...spec, platform: { container } })).rejects.toMatchObject({
      code: 'SpawnFailed',
    });
    await expect(
      adapter.spawn({ ...spec, platform: { container: { ...container, pull: 'never' } } }),
    ).rejects.toMatchObject({
      code: 'SpawnFailed',
      reason: 'not-found',
    });
    expect(await adapter.find(spec.name)).toBeUndefined();
    const engine = await selectEngine({ runtime, host });
    expect(await engine.list({ 'dev.duende.name': spec.name })).toEqual([]);
    engine.close();
  });

  it('a container that was killed as a whole is told from a daemon that was', async () => {
    const { program } = await probe.program([]);
    const handle = await adapter.spawn({ name: name(), program, args: ['park'] });
    const engine = await selectEngine({ runtime, host });
    const { data } = handle;
    if (data.kind !== 'container') throw new Error('no container');
    await engine.kill(data.containerId, 'SIGKILL');
    engine.close();
    expect(await adapter.wait(handle)).toMatchObject({
      state: 'failed',
      reason: 'signal',
      exit: { signal: 'SIGKILL' },
      message: expect.stringMatching(/whole container/),
    });
    await adapter.remove(handle);
  });

  it('what the engine sends as a stop is one: no restart follows', async () => {
    const { program } = await probe.program([]);
    const handle = await adapter.spawn({ name: name(), program, args: ['graceful'], restart: 'on-failure' });
    const engine = await selectEngine({ runtime, host });
    if (handle.data.kind !== 'container') throw new Error('no container');
    await engine.kill(handle.data.containerId, 'SIGTERM');
    engine.close();
    expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped', restarts: 0 });
    await adapter.remove(handle);
  });

  it('50 at once', async () => {
    const { program } = await probe.program([]);
    const handles = await Promise.all(
      Array.from({ length: 50 }, () => adapter.spawn({ name: name(), program, args: ['park'] })),
    );
    const states = await Promise.all(handles.map((handle) => adapter.status(handle)));
    expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['running']));
    expect((await adapter.list()).length).toBe(50);
    await Promise.all(handles.map((handle) => adapter.remove(handle, { force: true })));
    expect(await adapter.list()).toEqual([]);
  }, 120_000);
});
