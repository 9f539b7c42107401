import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, isSupervised, readStatePage } from '@duende/program';
import { expect, test } from 'vitest';
import { PepitaAdapter, PepitaPaths } from '../../src/index.ts';
import { until } from './adapter-harness.ts';
import { testKernel, testState } from './harness.ts';
import { namesIn } from './spare-parts.ts';

const stateDirectory = testState();
const kernel = await testKernel();
const paths = new PepitaPaths(stateDirectory);

const pageOf = (vmId: string) => {
  const page = readStatePage(paths.vmmState(vmId));
  if (typeof page === 'string') throw new Error(`${vmId}: ${page}`);
  return page;
};

test('a client that is killed before the guests of its own VMs have heard of it: they end, with nobody there, and for good', async () => {
  const script = join(import.meta.dirname, 'own-vm-client.ts');
  const child = spawn(process.execPath, [script, stateDirectory, kernel], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const vmIds: string[] = JSON.parse(String((await once(child.stdout, 'data'))[0]));
  expect(vmIds).toHaveLength(2);
  const before = vmIds.map(pageOf);
  for (const { main, supervisor } of before) expect([main, supervisor].map(isAlive)).toEqual([true, true]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (const { main, supervisor } of before) {
    await until('the end of the VM', async () => !isAlive(main), 10_000);
    await until('the end of its supervisor', async () => !isAlive(supervisor), 10_000);
  }
  // One that is started again would be there by now.
  await delay(500);
  for (const page of vmIds.map(pageOf)) {
    expect(isSupervised(page)).toBe(false);
    expect(['stopped', 'failed']).toContain(page.state);
  }
  const adapter = new PepitaAdapter({ stateDirectory, kernel, accel: 'tcg' });
  expect(await adapter.list()).toEqual([]);
  await adapter.close();
  expect(namesIn(stateDirectory, 'vms')).toEqual([]);
  expect(namesIn(stateDirectory, 'vmm', 'native')).toEqual([]);
});
