import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, readStat } from '@duende/program';
import { describe, expect, test } from 'vitest';
import { findPrebuilt } from '../src/index.ts';
import { testFolder } from './helpers.ts';

const base = testFolder();

/** A folder of a VM with these files; and what becomes of `duende-bridge vmm` in it. */
function set(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(base, 'vm-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const run = (): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const child = execFile(findPrebuilt('duende-bridge'), ['vmm'], { cwd: folder }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  return { folder, run, read: (name: string) => readFileSync(join(folder, name), 'utf8') };
}

test('the first start has arguments of its own, each further one the others; none is changed', async () => {
  const { folder, run } = set({
    'argv.first': '/bin/echo\0snapshot\0',
    argv: '/bin/echo\0boot $HOME\0\'"\n\0-n\0',
  });
  expect(await run()).toEqual({ code: 0, stdout: 'snapshot\n', stderr: '' });
  expect(existsSync(join(folder, 'argv.first'))).toBe(false);
  for (let round = 0; round < 2; round += 1) {
    expect(await run()).toEqual({ code: 0, stdout: 'boot $HOME \'"\n -n\n', stderr: '' });
  }
});

test('what the one before has told is put aside', async () => {
  const { run, read } = set({ argv: '/bin/true\0', 'events.out': 'SHUTDOWN\n', 'events.last': 'older\n' });
  await run();
  expect([read('events.last'), read('events.out')]).toEqual(['SHUTDOWN\n', '']);
  await run();
  expect([read('events.last'), read('events.out')]).toEqual(['SHUTDOWN\n', '']);
});

test.each<[what: string, files: Readonly<Record<string, string>>, code: number, said: RegExp]>([
  ['no file', {}, 127, /vmm: argv: No such file or directory/],
  ['an empty one', { argv: '' }, 126, /vmm: argv: Invalid argument/],
  ['one without its last NUL', { argv: '/bin/true' }, 126, /vmm: argv: Invalid argument/],
  ['no such program', { argv: '/no/such\0' }, 127, /vmm: \/no\/such: No such file or directory/],
  [
    'too many arguments',
    { argv: `/bin/true\0${'x\0'.repeat(600)}` },
    126,
    /vmm: argv: Argument list too long/,
  ],
])('%s is one line and an exit code', async (_, files, code, said) => {
  const { run } = set(files);
  const outcome = await run();
  expect(outcome.code).toBe(code);
  expect(outcome.stderr).toMatch(said);
});

describe('a VMM that a process has for itself', () => {
  const startOf = (pid: number): string => String(readStat(pid)?.startTime ?? 0n);

  /** An owner, and what becomes a VMM of its. */
  async function owned(files: Readonly<Record<string, string>> = {}) {
    const { folder, read } = set({ argv: '/bin/sleep\x00100\0', ...files });
    const owner = spawn('sleep', ['100'], { stdio: 'ignore' });
    const { pid = 0 } = owner;
    const started = startOf(pid);
    const run = (): ChildProcess =>
      spawn(findPrebuilt('duende-bridge'), ['vmm', String(pid), started], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const vmm = run();
    const ended = once(vmm, 'close');
    await expect.poll(() => readFileSync(`/proc/${vmm.pid}/comm`, 'latin1')).toBe('sleep\n');
    return { owner, vmm, ended, folder, read, run };
  }

  test('ends with it, and is not started again then', async () => {
    const { owner, ended, run } = await owned();
    owner.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    const again = run();
    let said = '';
    again.stderr?.on('data', (text: Buffer) => {
      said += text;
    });
    expect(await once(again, 'close')).toEqual([0, null]);
    expect(said).toMatch(/vmm: the process \d+, which this VM is for, has ended/);
  });

  test('goes on when it has become a daemon’s, and is started again', async () => {
    const { owner, vmm, folder, run } = await owned();
    writeFileSync(join(folder, 'taken'), '');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await delay(300);
    expect(isAlive({ pid: vmm.pid ?? 0, startTime: BigInt(startOf(vmm.pid ?? 0)) })).toBe(true);
    vmm.kill('SIGKILL');
    const again = run();
    await expect.poll(() => readFileSync(`/proc/${again.pid}/comm`, 'latin1')).toBe('sleep\n');
    again.kill('SIGKILL');
  });

  test('is watched by a process that ends with it, holds none of its files and is no child of its', async () => {
    const { owner, vmm, ended, read } = await owned();
    expect(read('pid')).toBe(`${vmm.pid} ${startOf(vmm.pid ?? 0)}\n`);
    expect(readFileSync(`/proc/${vmm.pid}/task/${vmm.pid}/children`, 'latin1')).toBe('');
    vmm.kill('SIGTERM');
    // Also the pipes: else this would wait for the owner.
    expect(await ended).toEqual([null, 'SIGTERM']);
    owner.kill('SIGKILL');
  });
});
