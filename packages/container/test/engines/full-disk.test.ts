import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostProbe } from '@duende/conformance';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ContainerAdapter } from '../../src/index.ts';
import { selectEngine } from '../../src/select-engine.ts';
import { addressOf } from './engines.ts';
import { makeStateDirectory } from './harness.ts';

const folder = makeStateDirectory();
const stateDirectory = join(folder, 'small');
const probe = hostProbe({ folder: '/var/tmp' });
const host = addressOf('docker');
const adapter = new ContainerAdapter({ runtime: 'docker', host, stateDirectory });
const filler = join(stateDirectory, 'filler');

/** Takes all the space that is left. */
function fill(): void {
  try {
    writeFileSync(filler, Buffer.alloc(4 << 20));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

beforeAll(async () => {
  mkdirSync(stateDirectory);
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', stateDirectory]);
});

afterAll(async () => {
  await adapter.close();
  await execa('umount', ['-l', stateDirectory]);
  await probe.cleanup();
  rmSync(folder, { recursive: true, force: true });
});

it('a state folder without space: one clear line, nothing is left, and it works when there is space again', async () => {
  const { program } = await probe.program([]);
  const spec = { name: `full-${process.pid}`, program, args: ['park'] };
  // What all daemons share is there already.
  await adapter.remove(await adapter.spawn(spec), { force: true });
  fill();
  await expect(adapter.spawn(spec)).rejects.toMatchObject({
    code: 'SpawnFailed',
    message: expect.stringMatching(/^Cannot write to the state folder .*: ENOSPC$/),
    hint: expect.stringMatching(/Free some disk space/),
  });
  const engine = await selectEngine({ runtime: 'docker', host });
  expect(await engine.list({ 'dev.duende.name': spec.name })).toEqual([]);
  engine.close();
  const base = join(stateDirectory, 'container', 'docker');
  expect(readdirSync(base).filter((entry) => !entry.startsWith('.'))).toEqual([]);
  rmSync(filler);
  const handle = await adapter.spawn(spec);
  expect((await adapter.status(handle)).state).toBe('running');
  await adapter.remove(handle, { force: true });
});

it('a log without space holds the daemon up and loses no line', async () => {
  const { program } = await probe.program([]);
  const args = ['sleep', '500', 'print', '5000', '100', 'stdout', '0'];
  const handle = await adapter.spawn({ name: `blocked-${process.pid}`, program, args });
  fill();
  await expect
    .poll(async () => (await adapter.status(handle)).message, { timeout: 10_000 })
    .toMatch(/log blocked: .*no space/i);
  rmSync(filler);
  expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped', exit: { code: 0 } });
  const numbers: number[] = [];
  for await (const { text } of adapter.logs(handle)) numbers.push(Number.parseInt(text, 10));
  expect(numbers).toEqual(Array.from({ length: 5000 }, (_, index) => index));
  await adapter.remove(handle, { force: true });
});
