import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Pepita, small } from './cli-harness.ts';
import { testKernel } from './kernel.ts';

const pepita = new Pepita();
const script = 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.1; done';
const files = ['--file', '/usr/bin/sleep', '--file', '/usr/bin/cat'];
const folder = join(pepita.folder, 'written');

const lines = async (): Promise<string[]> => (await pepita.ok('logs', 'counter')).trimEnd().split('\n');
const exec = async (...argv: string[]) => (await pepita.run(['exec', 'counter', '--', ...argv])).stdout;

beforeAll(async () => {
  await pepita.ok('setup', '--kernel', await testKernel());
  await pepita.ok('run', '--name', 'counter', '--daemon', ...small, ...files, '--', 'bash', '-c', script);
});

test('a VM goes on where it was written, with its log, its files, its processes and the time that it is', async () => {
  await exec('bash', '-c', 'echo kept > /tmp/file');
  const before = JSON.parse(await pepita.ok('status', 'counter', '--json'));
  await pepita.ok('snapshot', '--name', 'counter', '--output', folder);
  expect(JSON.parse(await pepita.ok('status', 'counter', '--json')).state).toBe('running');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of ['state', 'rootfs', 'snapshot.json'])
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  const written = (await lines()).length;
  const live = await pepita.run(['run', '--snapshot', folder, '--daemon']);
  expect(live).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('counter is running already'),
  });

  await pepita.ok('destroy', 'counter', '--force');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await pepita.ok('run', '--snapshot', folder, '--daemon');
  const after = JSON.parse(await pepita.ok('status', 'counter', '--json'));
  expect(after).toMatchObject({
    state: 'running',
    pid: before.pid,
    startedAt: before.startedAt,
    vsockCid: before.vsockCid,
  });
  expect(await exec('cat', '/tmp/file')).toBe('kept\n');
  await expect.poll(async () => (await lines()).length, { timeout: 10_000 }).toBeGreaterThan(written + 5);
  const all = await lines();
  expect(all).toEqual(all.map((_, index) => `line ${index + 1}`));
  const seconds = Number(await exec('bash', '-c', 'echo $EPOCHREALTIME'));
  expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(1);
});

test('what is no good is refused, and leaves nothing', async () => {
  const there = await pepita.run(['snapshot', 'counter', folder]);
  expect(there).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^pepita: There is a \/\S* already\. Give a folder/),
  });
  const nowhere = await pepita.run(['snapshot', 'counter', '/no/such/folder']);
  expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no folder /no/such') });
  await pepita.ok('destroy', 'counter', '--force');
  appendFileSync(join(folder, 'state'), 'x');
  const damaged = await pepita.run(['run', '--snapshot', folder, '--daemon']);
  expect(damaged).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^pepita: The snapshot in \S* is damaged\n$/),
  });
  expect(await pepita.ok('list', '--format', 'name')).toBe('');
  expect(readdirSync(join(pepita.state, 'pepita/cids'))).toEqual([]);
});
