// The demo as a user runs it, on the native platform.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';

const demo = join(import.meta.dirname, '../src/demo.ts');
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'duende-demo-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Its temporary folders are made in `folder`, where they can be counted. */
const run = (...args: string[]) =>
  execa(process.execPath, [demo, ...args], { env: { TMPDIR: folder }, reject: false, all: true });

/** Whether a process of this id is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('every step is right, on one screen, and nothing stays', async () => {
  const { exitCode, stdout, stderr } = await run();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const titles = [...stdout.matchAll(/^✔ (.{10})/gm)].map(([, title]) => title?.trim());
  expect(titles).toEqual([
    'Spawn',
    'Status',
    'Logs',
    'Reload',
    'Health',
    'Trace',
    'Kill -9',
    'Stats',
    'Stop',
    'Remove',
  ]);
  expect(stdout).toMatch(
    /^✔ Kill -9 {3}pid \d+ killed with -9; running again after .*: pid \d+, restarts 1$/m,
  );
  expect(stdout).toMatch(/^✔ Stop {6}stopped, exit code 0, /m);
  expect(stdout).toMatch(/^native +@duende\/native +yes +yes /m);
  expect(stdout).not.toContain('\u001b');
  expect(stdout.split('\n').length).toBeLessThanOrEqual(60);
  for (const [, pid] of stdout.matchAll(/pid (\d+)/g)) expect(isAlive(Number(pid))).toBe(false);
  expect(await readdir(folder)).toEqual([]);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s in the middle: it cleans up and ends with 1',
  async (signal) => {
    const child = run();
    let seen = '';
    const isRunning = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        seen += chunk;
        if (/running, pid \d+/.test(seen)) resolve();
      });
    });
    await Promise.race([isRunning, child]);
    child.kill(signal);
    const { exitCode, stdout, stderr } = await child;
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`Interrupted by ${signal}`);
    expect(stderr).toMatch(/^The demo failed at the step /);
    expect(isAlive(Number(/pid (\d+)/.exec(seen)?.[1]))).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  },
);

test('a reader that goes away: it cleans up', async () => {
  const child = run();
  child.stdout.once('data', () => child.stdout.destroy());
  const { exitCode, stderr } = await child;
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^The demo failed/);
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  [['--platform', 'beos'], /There is no platform "beos": expected wos, /],
  [['--colour'], /Unknown option '--colour'/],
])('%j is refused in one line', async (args, message) => {
  const { exitCode, stderr, stdout } = await run(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr.split('\n')).toHaveLength(1);
});

test('a platform that is not available is a failure that says what to do', async () => {
  const platform = process.platform === 'darwin' ? 'linux' : 'macos';
  const { exitCode, stderr } = await run('--platform', platform);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^The demo failed: .+\. .+$/);
  expect(await readdir(folder)).toEqual([]);
});

test('--help says how to use it', async () => {
  const { exitCode, stdout } = await run('--help');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('pnpm demo [--platform NAME]');
});
