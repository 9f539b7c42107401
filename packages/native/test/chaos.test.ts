import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type DaemonHandle, isTerminal, PlatformError } from '@duende/core';
import { afterAll, describe, expect, test } from 'vitest';
import { NativeAdapter } from '../src/index.ts';
import { makeStateDirectory, pageOf } from './harness.ts';

const stateDirectory = makeStateDirectory();
const adapter = new NativeAdapter({ stateDirectory });
const base = join(stateDirectory, 'native');

afterAll(async () => {
  for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
  rmSync(stateDirectory, { recursive: true, force: true });
});

async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  milliseconds = 5000,
): Promise<NonNullable<T>> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await delay(20)) {
    const value = await look();
    if (value) return value;
  }
  throw new Error(`${what}: not within ${milliseconds} ms`);
}

/** A spawner that is killed after so many milliseconds; the handles that it has reported. */
async function spawnAndKill(prefix: string, milliseconds: number): Promise<DaemonHandle[]> {
  const script = fileURLToPath(new URL('spawner.ts', import.meta.url));
  const child = spawn(process.execPath, [script, stateDirectory, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let killing = false;
  child.stdout.on('data', (chunk: Buffer) => {
    // From its first daemon on, so that the kill falls into the work and not into the start of Node.
    if (!killing) setTimeout(() => child.kill('SIGKILL'), milliseconds);
    killing = true;
    text += chunk.toString();
  });
  await new Promise((resolve) => child.once('close', resolve));
  // A line that was cut off by the kill was not reported.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as DaemonHandle);
}

describe('kill -9', () => {
  test('of the spawning process, 50 times at random moments: no daemon is lost, doubled, restarted or half made', async () => {
    const reported: DaemonHandle[] = [];
    for (let round = 0; round < 25; round += 1) {
      const pair = [0, 1].map((half) => spawnAndKill(`kill${round}-${half}`, Math.random() * 25));
      reported.push(...(await Promise.all(pair)).flat());
    }
    expect(reported.length).toBeGreaterThanOrEqual(50);
    for (const handle of reported) {
      const status = await adapter.status(handle);
      expect(status).toMatchObject({
        state: 'running',
        restarts: 0,
        pid: (handle.data as { pid: number }).pid,
      });
    }
    // What was spawned but not reported is whole as well: it runs, and it is listed once.
    const listed = await adapter.list();
    expect(new Set(listed.map(({ name }) => name)).size).toBe(listed.length);
    for (const handle of listed) expect((await adapter.status(handle)).state).toBe('running');
    const known = new Set(listed.map(({ id }) => id));
    for (const handle of reported) expect(known.has(handle.id)).toBe(true);
    const unfinished = () => readdirSync(base).filter((entry) => entry.startsWith('.') && entry !== '.lock');
    await until('nothing half made is left', () => unfinished().length === 0);
    for (const handle of listed) await adapter.remove(handle, { force: true });
  }, 120_000);

  test('of supervisor and guardian at once: the daemon runs on, is said to be unsupervised, and can be stopped', async () => {
    const handle = await adapter.spawn({ name: 'orphan', program: '/bin/sleep', args: ['600'] });
    const { guardian, supervisor, main } = pageOf(stateDirectory, 'orphan');
    process.kill(guardian.pid, 'SIGKILL');
    process.kill(supervisor.pid, 'SIGKILL');
    await until('both are gone', async () =>
      (await adapter.status(handle)).message?.includes('nothing supervises it'),
    );
    expect(await adapter.status(handle)).toMatchObject({ state: 'running', pid: main.pid });
    await expect(adapter.spawn({ name: 'orphan', program: '/bin/true' })).rejects.toMatchObject({
      reason: 'already-exists',
    });
    await expect(adapter.remove(handle)).rejects.toMatchObject({ code: 'StatusFailed' });
    expect(await adapter.stop(handle)).toMatchObject({ state: 'failed', reason: 'lost' });
    await adapter.remove(handle);
    expect(await adapter.find('orphan')).toBeUndefined();
  });
});

describe('a damaged state folder', () => {
  test.each([
    ['truncated', Buffer.alloc(100)],
    ['empty', Buffer.alloc(0)],
    ['garbage', Buffer.from('x'.repeat(8192))],
    ['of another version', Buffer.concat([Buffer.from('DUENDEn9'), Buffer.alloc(4088)])],
    ['without sense', Buffer.concat([Buffer.from('DUENDEn1'), Buffer.alloc(4088, 0xff)])],
  ])('%s: the entry is reported and can be removed, the rest works', async (_, bytes) => {
    const good = await adapter.spawn({ name: 'good', program: '/bin/sleep', args: ['600'] });
    const bad = await adapter.spawn({ name: 'bad', program: '/bin/true' });
    await adapter.wait(bad);
    writeFileSync(join(base, 'bad', 'state'), bytes);
    expect((await adapter.list()).map(({ name }) => name)).toEqual(['good']);
    expect((await adapter.problems()).join()).toContain('The state of bad is damaged');
    await expect(adapter.status(bad)).rejects.toMatchObject({ code: 'StatusFailed', reason: 'engine-error' });
    expect((await adapter.status(good)).state).toBe('running');
    const found = await adapter.find('bad');
    expect(found?.name).toBe('bad');
    await adapter.remove(found as DaemonHandle);
    expect(await adapter.problems()).toEqual([]);
    await adapter.remove(good, { force: true });
  });

  test('a damaged entry that nobody keeps does not block its name', async () => {
    await adapter.wait(await adapter.spawn({ name: 'again', program: '/bin/true' }));
    writeFileSync(join(base, 'again', 'state'), 'garbage');
    const handle = await adapter.spawn({ name: 'again', program: '/bin/sleep', args: ['600'] });
    expect((await adapter.status(handle)).state).toBe('running');
    await adapter.remove(handle, { force: true });
  });

  test('what killed spawns left is swept', async () => {
    const { mkdirSync, utimesSync } = await import('node:fs');
    for (const name of ['.new-left', '.gone-left']) {
      mkdirSync(join(base, name, 'log'), { recursive: true });
      writeFileSync(join(base, name, 'log', '0000000001'), 'x');
      utimesSync(join(base, name), 1, 1);
    }
    await adapter.list();
    expect(readdirSync(base).filter((entry) => entry.startsWith('.'))).toEqual(['.lock']);
  });
});

describe('processes', () => {
  test('a PID that was used again is never signalled', async () => {
    const stranger = spawn('/bin/sleep', ['600'], { stdio: 'ignore' });
    try {
      // Start times are counted in hundredths of a second: no PID comes round again within one.
      await delay(50);
      const handle = await adapter.spawn({ name: 'reused', program: '/bin/sleep', args: ['600'] });
      const { guardian, supervisor, main } = pageOf(stateDirectory, 'reused');
      for (const { pid } of [guardian, supervisor, main]) process.kill(pid, 'SIGKILL');
      await until('it is lost', async () => isTerminal(await adapter.status(handle)));
      // The page as it would be after the kernel had given the daemon's PID to somebody else.
      const file = join(base, 'reused', 'state');
      const bytes = readFileSync(file);
      bytes.writeInt32LE(stranger.pid as number, 16);
      writeFileSync(file, bytes);
      for (const signal of ['TERM', 'KILL', 'STOP'] as const) {
        await expect(adapter.signal(handle, signal)).rejects.toMatchObject({ reason: 'not-running' });
      }
      expect(await adapter.stop(handle)).toMatchObject({ state: 'failed', reason: 'lost' });
      await adapter.remove(handle, { force: true });
      await delay(50);
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
      expect(readFileSync(`/proc/${stranger.pid}/stat`, 'latin1')).toMatch(/\) S /);
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  test('1000 short-lived orphans leave no zombie', async () => {
    const script = 'i=0; while [ $i -lt 1000 ]; do (true &) ; i=$((i+1)); done; echo done; exec sleep 600';
    const handle = await adapter.spawn({ name: 'forks', program: '/bin/sh', args: ['-c', script] });
    for await (const { text } of adapter.logs(handle, { follow: true })) if (text === 'done') break;
    const { supervisor } = pageOf(stateDirectory, 'forks');
    const zombies = () =>
      readdirSync('/proc').filter((pid) => {
        if (!/^\d+$/.test(pid)) return false;
        try {
          return new RegExp(`\\) Z ${supervisor.pid} `).test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
        } catch {
          return false;
        }
      }).length;
    await until('every zombie is reaped', () => zombies() === 0);
    expect((await adapter.stats(handle)).pids).toBe(1);
    await adapter.remove(handle, { force: true });
  });

  test('a daemon has its standard streams open and nothing else of ours', async () => {
    const handle = await adapter.spawn({ name: 'files', program: '/bin/ls', args: ['-l', '/proc/self/fd'] });
    await adapter.wait(handle);
    const lines: string[] = [];
    for await (const { text } of adapter.logs(handle))
      if (text.includes('->')) lines.push(text.replace(/.* (\d+) -> .*/, '$1'));
    // The last one is the folder that ls itself reads.
    expect(lines).toEqual(['0', '1', '2', '3']);
    await adapter.remove(handle);
  });

  test('a handle of the boot before is lost, not running', async () => {
    const handle = await adapter.spawn({ name: 'boot', program: '/bin/sleep', args: ['600'] });
    const file = join(base, 'boot', 'state');
    const page = readFileSync(file);
    const other = Buffer.from(page);
    other.write('00000000-0000-0000-0000-000000000000', 160);
    writeFileSync(file, other);
    expect(await adapter.status(handle)).toMatchObject({ state: 'failed', reason: 'lost' });
    await expect(adapter.signal({ ...handle, id: 'another' }, 'TERM')).rejects.toSatisfy(
      PlatformError.isInstance,
    );
    writeFileSync(file, page);
    expect((await adapter.status(handle)).state).toBe('running');
    await adapter.remove(handle, { force: true });
  });

  test('a state folder with a path longer than a socket address works', async () => {
    const long = join(stateDirectory, 'x'.repeat(200));
    const far = new NativeAdapter({ stateDirectory: long });
    const handle = await far.spawn({ name: 'far', program: '/bin/sleep', args: ['600'] });
    await far.signal(handle, 'STOP');
    expect((await far.status(handle)).state).toBe('paused');
    expect((await far.stop(handle)).state).toBe('stopped');
    await far.remove(handle);
  });
});
