import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootMachine, type Machine, type Rootfs, sayHello } from '../../src/index.ts';
import { mebibyte, removeAll, rootfsOf, testMachine, testState, vmsOf } from './harness.ts';

const stateDirectory = testState();
let machine: Machine;
let rootfs: Rootfs;

const boot = (vmId: string) => bootMachine(machine, { vmId, memory: 128 * mebibyte, vcpus: 1, rootfs });
const answers = (vmId: string) => sayHello(machine.paths.vm(vmId), AbortSignal.timeout(10_000));

/** The only template that there is. */
function template(): string {
  const [name = '', ...more] = readdirSync(machine.paths.templates).filter((entry) => !entry.startsWith('.'));
  expect(more).toEqual([]);
  return join(machine.paths.templates, name);
}

/** The neighbour has the memory of the template mapped: a file of the same name takes its place. */
function replace(file: string, data: Buffer): void {
  writeFileSync(`${file}.new`, data, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

beforeAll(async () => {
  machine = await testMachine(stateDirectory);
  rootfs = await rootfsOf(machine);
  expect(await boot('neighbour')).toEqual({ how: 'template', notes: [] });
});
afterAll(() => removeAll(machine));

test('a template whose state is not what was written is removed, and another one made', async () => {
  const state = join(template(), 'state');
  const bytes = readFileSync(state);
  bytes.fill(0, bytes.length / 2);
  replace(state, bytes);
  expect(await boot('next')).toEqual({ how: 'template', notes: [] });
  expect(readFileSync(join(template(), 'state')).equals(bytes)).toBe(false);
  await answers('neighbour');
  await machine.vmm.remove('next');
});

test('a template with other memory, which nobody can see, is removed when no VM comes up from it; that one boots', async () => {
  const [memory, record] = ['memory', 'template.json'].map((name) => join(template(), name)) as [
    string,
    string,
  ];
  replace(memory, randomBytes(statSync(memory).size));
  const told = JSON.parse(readFileSync(record, 'utf8'));
  told.memory.modified = String(statSync(memory, { bigint: true }).mtimeNs);
  replace(record, Buffer.from(JSON.stringify(told)));
  const { how, notes } = await boot('next');
  expect(how).toBe('cold');
  expect(notes[0]).toMatch(/^The snapshot was removed, no VM came up from it: /);
  expect(readdirSync(machine.paths.templates).filter((entry) => !entry.startsWith('.'))).toEqual([]);
  await answers('next');
  await answers('neighbour');
  expect(vmsOf(machine).toSorted()).toEqual(['neighbour', 'next']);
});
