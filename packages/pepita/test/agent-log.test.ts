import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readLogFolder } from '@duende/program';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, Host, isRoot, logOf, newFolder, type Settings, startAgent } from './agent-harness.ts';

afterEach(cleanUp);

function run(settings: Settings, agentSettings: readonly string[] = []) {
  const folder = newFolder();
  const guest = startAgent(folder, agentSettings);
  return { folder, guest, host: new Host(folder, guest.socket, settings) };
}

/** What the probe prints: each line begins with its number. */
function expectLines(text: string, count: number): void {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  expect(lines).toHaveLength(count);
  const wrong = lines.findIndex(
    (line, i) => !line.startsWith(`${String(i).padStart(8, '0')}:`) || line.length !== 99,
  );
  expect(wrong).toBe(-1);
}

const tenMegabytes = ['print', '100000', '100', 'stdout', '0'];

test('10 MB in one burst, whole and in order', async () => {
  const { host } = run({ args: tenMegabytes, numbers: { log_max_size: 64 << 20 } });
  expect(await host.bridge.ended).toBe(0);
  expectLines(logOf(host.folder), 100_000);
  expect(readdirSync(join(host.folder, 'log'))).toEqual(['0000000001']);
});

test('10 MB while the bridge is killed again and again', async () => {
  const numbers = { log_max_size: 1 << 20, log_files: 100 };
  const { host, guest } = run({ args: [...tenMegabytes, 'sleep', '200', 'exit', '6'], numbers });
  let kills = 0;
  for (; kills < 12 && host.page().state !== 'failed'; kills += 1) {
    await delay(20 + kills * 7);
    await host.kill();
    host.start();
  }
  expect(kills).toBeGreaterThan(4);
  expect(await host.bridge.ended).toBe(0);
  expect(await guest.ended).toBe(0);
  expectLines(logOf(host.folder), 100_000);
  expect(host.page()).toMatchObject({ state: 'failed', exit: { code: 6 }, restarts: 0 });
});

test('both streams, lines that stay open, and those that are cut, while the bridge is killed', async () => {
  const args = [
    'write',
    'begin ',
    'print',
    '3000',
    '30',
    'both',
    '0',
    'write',
    'open',
    'print',
    '2000',
    '9000',
  ];
  const { host } = run({
    args: [...args, 'stderr', '0', 'exit', '0'],
    numbers: { log_max_size: 200_000, log_files: 1000 },
  });
  for (let kills = 0; kills < 6 && host.page().state !== 'stopped'; kills += 1) {
    await delay(40);
    await host.kill();
    host.start();
  }
  expect(await host.bridge.ended).toBe(0);
  const out = logOf(host.folder);
  expect(out.startsWith('begin 00000000:')).toBe(true);
  expect(out.endsWith('open')).toBe(true);
  expect(out.match(/\n/g)).toHaveLength(1500);
  const errors = logOf(host.folder, 'stderr').split('\n');
  expect(errors).toHaveLength(3501);
  expect(errors.slice(1500, 3500).every((line) => line.length === 8999)).toBe(true);
});

test('files are those of the settings, none larger by more than a record', async () => {
  const numbers = { log_max_size: 300_000, log_files: 3 };
  const { host } = run({ args: tenMegabytes, numbers });
  expect(await host.bridge.ended).toBe(0);
  const names = readdirSync(join(host.folder, 'log')).sort();
  expect(names).toHaveLength(4);
  for (const name of names) expect(statSync(join(host.folder, 'log', name)).size).toBeLessThan(300_000 + 300);
  expect(logOf(host.folder).endsWith('\n')).toBe(true);
  expect(logOf(host.folder)).toContain('00099999:');
});

test('a log that is followed: each line within moments', async () => {
  const { host } = run({ args: ['run', 'sleep', '300', 'run', 'sleep', '300', 'run', 'exit', '0'] });
  const ended = (): boolean => host.page().state === 'stopped';
  const late: number[] = [];
  for await (const line of readLogFolder(join(host.folder, 'log'), ended, { follow: true })) {
    late.push(Date.now() - Number(line.text.split(' ')[2]));
  }
  expect(late).toHaveLength(3);
  expect(Math.max(...late.slice(1))).toBeLessThan(200);
});

test('while the host is away the program is held up when the guest holds what it may', async () => {
  const { host, folder } = run({ args: ['say', 'begin', 'sleep', '300', ...tenMegabytes] }, [
    'log_bound=500000',
  ]);
  await host.says('begin\n');
  await host.kill();
  await delay(1500);
  const guestLog = join(folder, 'guest', 'log');
  const size = (): number =>
    readdirSync(guestLog).reduce((sum, name) => sum + statSync(join(guestLog, name)).size, 0);
  const before = size();
  expect(before).toBeGreaterThan(400_000);
  // A file goes when all of it has been acknowledged.
  expect(before).toBeLessThan(500_000 + 256 * 1024 + 1000);
  await delay(300);
  expect(size()).toBe(before);
  host.start();
  expect(await host.bridge.ended).toBe(0);
  expectLines(logOf(host.folder).slice('begin\n'.length), 100_000);
});

test('the guest does not keep what the host has', async () => {
  const { host, folder } = run({ args: [...tenMegabytes, 'say', 'all', 'park'] });
  await host.says('all\n');
  const guestLog = join(folder, 'guest', 'log');
  await host.until('the files are gone', () => readdirSync(guestLog).length <= 2);
});

async function fillDisk(): Promise<void> {
  const folder = newFolder();
  const guest = startAgent(folder, ['log_bound=300000']);
  const numbers = { log_max_size: 100 << 20 };
  const host = new Host(folder, guest.socket, {
    args: ['say', 'begin', 'sleep', '500', ...tenMegabytes],
    numbers,
  });
  await host.kill();
  mkdirSync(join(host.folder, 'log'), { recursive: true });
  // A small disk for the log, in a mount namespace of the bridge.
  const script = `mount -t tmpfs -o size=400k none "$0/log" && "$@"; mkdir "$0/copy" && cp -r "$0/log" "$0/copy"`;
  const running = host.start(['unshare', '--mount', 'sh', '-c', script, host.folder]);
  await host.until('the page says so', () => host.page().logErrno === 28);
  await delay(300);
  expect(host.page().state).toBe('running');
  const inside = `/proc/${running.child.pid}/root${host.folder}`;
  expect(statSync(join(inside, 'log', '0000000001')).size).toBeGreaterThan(300_000);
  execFileSync('nsenter', [
    '-t',
    String(running.child.pid),
    '-m',
    'mount',
    '-o',
    'remount,size=20m',
    join(host.folder, 'log'),
  ]);
  expect(await running.ended).toBe(0);
  expect(await guest.ended).toBe(0);
  expect(host.page()).toMatchObject({ state: 'stopped', logErrno: 0 });
  expectLines(logOf(join(host.folder, 'copy')).slice('begin\n'.length), 100_000);
}

if (isRoot) {
  test('a disk of the host that is full: shown, the program waits, and goes on without loss', fillDisk);
}
