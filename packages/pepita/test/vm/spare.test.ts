import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { prebuiltProbe } from '@duende/conformance';
import type { DaemonHandle } from '@duende/core';
import { isAlive, readStat } from '@duende/program';
import { afterAll, expect, test } from 'vitest';
import { PepitaAdapter } from '../../src/index.ts';
import { inState, until } from './adapter-harness.ts';
import { testKernel, testState } from './harness.ts';
import { machineIdOf, namesIn, untilSpareTaken } from './spare-parts.ts';

const kernel = await testKernel();

/** A state folder and a client of it, which removes everything after the tests. */
function client() {
  const stateDirectory = testState();
  const adapter = new PepitaAdapter({ stateDirectory, kernel, accel: 'tcg' });
  afterAll(async () => {
    for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
    await adapter.close();
  });
  return { stateDirectory, adapter };
}

const [first, second, third] = [client(), client(), client()];

async function textsOf(adapter: PepitaAdapter, handle: DaemonHandle): Promise<string[]> {
  const found: string[] = [];
  for await (const { text } of adapter.logs(handle)) found.push(text);
  return found;
}

/** A daemon that has taken a spare does all that any other one does. */
async function takesSignals(adapter: PepitaAdapter, handle: DaemonHandle): Promise<void> {
  await until('ready', async () => (await textsOf(adapter, handle)).includes('ready'));
  await adapter.signal(handle, 'USR1');
  await until('its answer', async () => (await textsOf(adapter, handle)).includes('USR1'));
  expect(await textsOf(adapter, handle)).toEqual(['ready', 'USR1']);
}

test('one of several spawns that are alike takes the VM that is kept ready, and is a daemon as any', async () => {
  const { stateDirectory, adapter } = first;
  const { handle, machineId, count } = await untilSpareTaken(adapter, stateDirectory, ['trap']);
  // The first ones have none to take.
  expect(count).toBeGreaterThanOrEqual(3);
  expect(machineId).toMatch(/^spare-\d+-\d+-\d+$/);
  expect(handle.id).not.toBe('00000000-0000-4000-8000-000000000000');
  expect(await adapter.status(handle)).toMatchObject({ state: 'running', restarts: 0 });
  await takesSignals(adapter, handle);
  expect((await adapter.stats(handle)).pids).toBe(1);
  expect((await adapter.inspect(handle)).vmm?.pid).toBeGreaterThan(0);
  await adapter.signal(handle, 'STOP');
  await inState(adapter, handle, 'paused');
  await adapter.signal(handle, 'CONT');
  await inState(adapter, handle, 'running');

  const again = await adapter.restart(handle);
  await until('ready again', async () => (await textsOf(adapter, again)).includes('ready'));
  expect(await adapter.stop(again)).toMatchObject({ state: 'stopped' });
  await adapter.remove(again);
  expect(namesIn(stateDirectory, 'vms')).not.toContain(machineId);
  await adapter.close();
  expect(namesIn(stateDirectory, 'vms')).toEqual([]);
  expect(namesIn(stateDirectory, 'vmm', 'native')).toEqual([]);
  expect(namesIn(stateDirectory, 'bridges', 'native')).toEqual([]);
});

test('a client that closes while one is made leaves nothing, and takes no snapshot along', async () => {
  const { stateDirectory, adapter } = third;
  const program = prebuiltProbe() as string;
  const spares = () => namesIn(stateDirectory, 'vms').filter((name) => name.startsWith('spare-'));
  // The very first one of an image is of another kind.
  for (let count = 1; count <= 3; count += 1) {
    const handle = await adapter.spawn({ name: `brief-${count}`, program, args: ['park'] });
    await adapter.remove(handle, { force: true });
  }
  const templates = namesIn(stateDirectory, 'templates');
  expect(templates).toHaveLength(2);
  await until('one that is being made', async () => spares().length > 0, 20_000);
  await adapter.close();
  expect(namesIn(stateDirectory, 'templates')).toEqual(templates);
  expect(namesIn(stateDirectory, 'vms')).toEqual([]);
  expect(namesIn(stateDirectory, 'vmm', 'native')).toEqual([]);
});

test('a client that is killed: what it keeps ready ends, what a daemon has taken goes on', async () => {
  const { stateDirectory, adapter } = second;
  const script = join(import.meta.dirname, 'spare-client.ts');
  const child = spawn(process.execPath, [script, stateDirectory, kernel], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = String((await once(child.stdout, 'data'))[0]);
  const { handle, machineId, spare } = JSON.parse(said);
  const qemu = { pid: spare.pid, startTime: readStat(spare.pid)?.startTime ?? 0n };
  expect(isAlive(qemu)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until('the end of the spare', async () => !isAlive(qemu), 10_000);

  expect((await adapter.list()).map(({ name }) => name)).toEqual([handle.name]);
  expect(namesIn(stateDirectory, 'vms')).toEqual([machineId]);
  expect(namesIn(stateDirectory, 'vmm', 'native')).toEqual([machineId]);
  expect(existsSync(join(stateDirectory, 'pepita', 'vms', machineId))).toBe(true);
  expect(machineIdOf(stateDirectory, handle)).toBe(machineId);
  expect(await adapter.status(handle)).toMatchObject({ state: 'running' });
  await takesSignals(adapter, handle);
  await adapter.remove(handle, { force: true });
  expect(namesIn(stateDirectory, 'vms')).toEqual([]);
});
