import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContainerAdapter } from '../../src/index.ts';
import { selectEngine } from '../../src/select-engine.ts';
import { addressOf } from './engines.ts';
import { makeStateDirectory } from './harness.ts';
import { startRegistry } from './registry.ts';

let registry: Awaited<ReturnType<typeof startRegistry>>;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());

describe.each([
  { runtime: 'docker', title: 'Docker' },
  { runtime: 'podman', title: 'Podman' },
] as const)('a pull by $title', ({ runtime, title }) => {
  const stateDirectory = makeStateDirectory();
  const host = addressOf(runtime);
  const said: string[] = [];
  const onProgress = (text: string) => void said.push(text);
  const adapter = new ContainerAdapter({ runtime, host, stateDirectory, onProgress });
  const base = join(stateDirectory, 'container', runtime);
  const keys = () => readdirSync(base).filter((entry) => !entry.startsWith('.'));

  afterAll(async () => {
    for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
    await adapter.close();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  const spec = (name: string, container: Record<string, string | object>) => ({
    name: `${name}-${process.pid}`,
    program: '/probe',
    args: ['park'],
    platform: { container: container as never },
  });

  async function leavesNothing(name: string): Promise<void> {
    const engine = await selectEngine({ runtime, host });
    expect(await engine.list({ 'dev.duende.name': name })).toEqual([]);
    engine.close();
    expect(keys()).toEqual([]);
  }

  it('one that breaks in the middle: one clear line, nothing is left', async () => {
    registry.mode = 'breaks';
    const broken = spec('broken', { image: registry.image('1') });
    await adapter.list();
    const error = await adapter.spawn(broken).catch((error: unknown) => error as Error);
    expect(error).toMatchObject({ code: 'SpawnFailed' });
    const line = new RegExp(`^${title} cannot pull 127\\.0\\.0\\.1:\\d+/team/probe:1: [^\\n]+$`);
    expect((error as Error).message).toMatch(line);
    registry.mode = 'good';
    expect(await adapter.find(broken.name)).toBeUndefined();
  }, 120_000);

  it('an image that is missing is pulled, with progress, and not again', async () => {
    registry.mode = 'good';
    said.length = 0;
    const handle = await adapter.spawn(spec('pulled', { image: registry.image('1') }));
    expect((await adapter.status(handle)).state).toBe('running');
    expect(said.join('\n')).toMatch(/(Download|Pull) complete/);
    expect(said.length).toBeGreaterThan(1);
    await adapter.remove(handle, { force: true });
    said.length = 0;
    const again = await adapter.spawn(spec('pulled', { image: registry.image('1') }));
    expect(said).toEqual([]);
    await adapter.remove(again, { force: true });
    await leavesNothing(again.name);
  });

  it('credentials are for the pull alone', async () => {
    registry.mode = 'private';
    const image = registry.image('2');
    await expect(adapter.spawn(spec('private', { image }))).rejects.toMatchObject({ code: 'SpawnFailed' });
    const credentials = { username: 'me', password: 'secret' };
    const handle = await adapter.spawn(spec('private', { image, credentials }));
    expect((await adapter.status(handle)).state).toBe('running');
    for (const key of keys())
      expect(readFileSync(join(base, key, 'spec.json'), 'utf8')).not.toContain('secret');
    await adapter.remove(handle, { force: true });
    await leavesNothing(handle.name);
  });
});
