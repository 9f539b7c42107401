import { rmSync } from 'node:fs';
import { hostProbe } from '@duende/conformance';
import { afterAll, expect, it } from 'vitest';
import { ContainerAdapter } from '../../src/index.ts';
import { addressOf } from './engines.ts';
import { makeStateDirectory } from './harness.ts';

const stateDirectory = makeStateDirectory();
const probe = hostProbe({ folder: '/var/tmp' });
const adapter = new ContainerAdapter({ runtime: 'docker', host: addressOf('swarm'), stateDirectory });
const other = new ContainerAdapter({ runtime: 'docker', host: addressOf('swarm'), stateDirectory });

afterAll(async () => {
  for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
  await adapter.close();
  await other.close();
  await probe.cleanup();
  rmSync(stateDirectory, { recursive: true, force: true });
});

it('a service through the adapter, beside a container', async () => {
  const { program } = await probe.program([]);
  const container = await adapter.spawn({ name: `plain-${process.pid}`, program, args: ['park'] });
  const service = await adapter.spawn({
    name: `service-${process.pid}`,
    program,
    args: ['run', 'graceful'],
    stopTimeout: 1000,
    platform: { container: { network: 'host', swarm: { replicas: 2 } } },
  });
  expect(service.data).toMatchObject({ kind: 'container', runtime: 'swarm' });
  expect(await other.status(service)).toMatchObject({ state: 'running' });
  expect((await other.list()).map(({ name }) => name).toSorted()).toEqual([container.name, service.name]);
  expect(await other.find(service.name)).toEqual(service);
  const lines: string[] = [];
  for await (const { text } of other.logs(service)) lines.push(text);
  expect(lines.filter((line) => line === 'ready').length).toBe(2);
  await expect(adapter.attachTracer(service)).rejects.toMatchObject({ code: 'NotSupported' });
  await expect(
    adapter.spawn({ name: container.name, program, args: [], platform: { container: { swarm: {} } } }),
  ).rejects.toMatchObject({ reason: 'already-exists' });
  const again = await other.restart(service);
  expect(again.id).not.toBe(service.id);
  expect(await adapter.status(again)).toMatchObject({ state: 'running' });
  expect(await adapter.stop(again)).toMatchObject({ state: 'stopped' });
  await adapter.remove(again);
  expect((await adapter.list()).map(({ name }) => name)).toEqual([container.name]);
}, 120_000);
