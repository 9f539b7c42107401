import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entries } from './run-host.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'duende-host-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const host = [
  join(import.meta.dirname, '../src/host-main.ts'),
  join(import.meta.dirname, 'daemons/talks.ts'),
];
const env = { DUENDE_CONFIG: '{"lines":5000}' };

/** Runs the host with both streams at one descriptor; execa would put a pipe between. */
async function runAt(fd: number): Promise<number | null> {
  const child = spawn(process.execPath, host, { env, stdio: ['ignore', fd, fd] });
  const [exitCode] = await once(child, 'exit');
  return exitCode;
}

test('stdout and stderr may be files', async () => {
  const path = join(folder, 'log');
  const file = await open(path, 'w');
  const exitCode = await runAt(file.fd);
  await file.close();
  expect(exitCode).toBe(0);
  const lines = entries(await readFile(path, 'utf8'));
  expect(lines.filter((line) => line.msg === 'burst')).toHaveLength(5000);
  expect(lines.filter((line) => line.level === 'error')).toHaveLength(1);
});

test('stdin, stdout and stderr may be closed', async () => {
  const shell = ['-c', 'exec "$@" <&- >&- 2>&-', 'sh', process.execPath, ...host];
  const { exitCode } = await execa('/bin/sh', shell, { env, reject: false });
  expect(exitCode).toBe(0);
});

test('stdout may be a full device', async () => {
  const full = await open('/dev/full', 'w');
  const exitCode = await runAt(full.fd);
  await full.close();
  expect(exitCode).toBe(0);
});
