import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Machine, sayHello } from '../../src/index.ts';
import { removeAll, testKernel, testMachine, testState, vmsOf } from './harness.ts';

const stateDirectory = testState();
let machine: Machine;
let kernel: string;

beforeAll(async () => {
  kernel = await testKernel();
  machine = await testMachine(stateDirectory);
});
afterAll(() => removeAll(machine));

function startClient(vmId: string): { child: ChildProcess; lines: () => Promise<string> } {
  const args = [join(import.meta.dirname, 'client.ts'), stateDirectory, kernel, vmId];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = async () => String((await once(child.stdout, 'data'))[0]);
  return { child, lines };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('a client that is killed', () => {
  test('while it makes a template: the next one removes what is left and makes its own', async () => {
    const { child, lines } = startClient('first');
    await lines();
    while (!vmsOf(machine).some((name) => name.startsWith('template-'))) await sleep(10);
    await sleep(100);
    await kill(child);
    expect(readdirSync(machine.paths.templates).some((name) => name.startsWith('.'))).toBe(true);
    const next = startClient('second');
    await next.lines();
    expect(JSON.parse(await next.lines())).toEqual({ how: 'template', notes: [] });
    expect(vmsOf(machine)).toEqual(['second']);
    await kill(next.child);
  });

  test('leaves its VM, which another process has in hand', async () => {
    expect(await machine.vmm.status('second')).toMatchObject({ state: 'running' });
    await sayHello(machine.paths.vm('second'), AbortSignal.timeout(10_000));
    await machine.vmm.pause('second');
    expect(await machine.vmm.status('second')).toMatchObject({ state: 'paused' });
    await machine.vmm.remove('second');
  });

  test('several clients at once make one template', async () => {
    const { dropTemplate } = await import('../../src/template/template-store.ts');
    for (const key of readdirSync(machine.paths.templates)) await dropTemplate(machine.paths, key);
    const ids = ['a', 'b', 'c'];
    const clients = ids.map(startClient);
    for (const { lines } of clients) await lines();
    const answers = await Promise.all(clients.map(async ({ lines }) => JSON.parse(await lines()).how));
    expect(answers).toEqual(['template', 'template', 'template']);
    expect(readdirSync(machine.paths.templates).filter((name) => !name.startsWith('.'))).toHaveLength(1);
    for (const { child } of clients) await kill(child);
    for (const vmId of ids) await machine.vmm.remove(vmId);
  });
});
