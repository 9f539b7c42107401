import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonHandle } from '@duende/core';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { linesOf, makeAdapter, perlKinds, until } from './perl-helpers.ts';

describe.each(perlKinds)('logs and files under the supervisor %s', (kind) => {
  const { adapter, stateDirectory, cleanup } = makeAdapter(kind);
  afterAll(cleanup);
  const base = join(stateDirectory, 'native');
  const sh = (script: string) => ({ program: '/bin/sh', args: ['-c', script] });

  test('10 MB are captured whole and in order', async () => {
    const source = 'for (my $i = 0; $i < 200000; $i++) { printf "%08d %s\\n", $i, "x" x 42 }';
    const handle = await adapter.spawn({
      name: 'burst',
      program: '/usr/bin/perl',
      args: ['-e', source],
      logs: { maxSize: '100M' },
    });
    await adapter.wait(handle);
    const lines = await linesOf(adapter, handle);
    expect(lines.length).toBe(200_000);
    expect(lines.findIndex((line, index) => Number(line.slice(0, 8)) !== index)).toBe(-1);
    await adapter.remove(handle);
  });

  test('parts of lines, long lines, both streams and any byte', async () => {
    const source = [
      '$| = 1; select(STDERR); $| = 1; select(STDOUT);',
      'print "be"; select undef, undef, undef, 0.1; print STDERR "err\\n"; print "gin\\n";',
      'print "y" x 300000, "\\n"; print "\\xff\\x00\\xc3\\xa4\\n\\n"; print "no newline";',
    ].join(' ');
    const handle = await adapter.spawn({ name: 'odd', program: '/usr/bin/perl', args: ['-e', source] });
    await adapter.wait(handle);
    const out: string[] = [];
    const err: string[] = [];
    for await (const { stream, text } of adapter.logs(handle)) (stream === 'stdout' ? out : err).push(text);
    expect(out).toEqual(['begin', 'y'.repeat(300_000), '\ufffd\0ä', '', 'no newline']);
    expect(err).toEqual(['err']);
    await adapter.remove(handle);
  });

  test('rotation keeps so many files and loses no line of those', async () => {
    const script = 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done';
    const handle = await adapter.spawn({ name: 'rotate', ...sh(script), logs: { maxSize: 4096, files: 3 } });
    await adapter.wait(handle);
    const files = readdirSync(join(base, 'rotate', 'log'));
    expect(files.length).toBe(4);
    for (const file of files)
      expect(statSync(join(base, 'rotate', 'log', file)).size).toBeLessThan(4096 + 64);
    const lines = await linesOf(adapter, handle);
    const first = Number(lines[0]?.split(' ')[1]);
    expect(first).toBeGreaterThan(2000);
    expect(lines).toEqual(Array.from({ length: 3000 - first }, (_, index) => `line ${first + index}`));
    const again = await adapter.restart(handle);
    await adapter.wait(again);
    expect((await linesOf(adapter, again)).at(-1)).toBe('line 2999');
    expect(readdirSync(join(base, 'rotate', 'log')).length).toBe(4);
    await adapter.remove(again);
  });

  test('a full disk loses no line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'duende-full-'));
    const script = fileURLToPath(new URL('full-disk.ts', import.meta.url));
    const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user'];
    try {
      const { stdout } = await execa('unshare', [...namespaces, process.execPath, script, folder], {
        env: { DUENDE_NATIVE_SUPERVISOR: kind },
      });
      const result = JSON.parse(stdout);
      expect(result.blocked.message).toContain('log blocked: no space left on device');
      expect(result.left).toEqual(['logging']);
      expect(result).toMatchObject({ paused: 'paused', wrong: '', lines: 30_000 });
      expect(result.final).toMatchObject({ state: 'stopped', exit: { code: 0 } });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  /** Spawns until it is killed; the handles that it has reported. */
  async function spawnAndKill(prefix: string, milliseconds: number): Promise<DaemonHandle[]> {
    const script = fileURLToPath(new URL('spawner.ts', import.meta.url));
    const child = spawn(process.execPath, [script, stateDirectory, prefix], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DUENDE_NATIVE_SUPERVISOR: kind },
    });
    let text = '';
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), milliseconds));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as DaemonHandle);
  }

  test('kill -9 of the spawner at random moments: what it reported runs, nothing half made is left', async () => {
    const reported: DaemonHandle[] = [];
    for (let round = 0; round < 8; round += 1)
      reported.push(...(await spawnAndKill(`kill${round}`, Math.random() * 60)));
    expect(reported.length).toBeGreaterThanOrEqual(8);
    for (const handle of reported) {
      const { pid } = handle.data as { pid: number };
      expect(await adapter.status(handle)).toMatchObject({ state: 'running', restarts: 0, pid });
    }
    // What was not reported either runs or is taken back: nobody has heard of it.
    const listed = await until('nothing is half started', async () => {
      const handles = await adapter.list();
      const states = handles.map((handle) => adapter.status(handle).catch(() => undefined));
      return (await Promise.all(states)).every((status) => status?.state === 'running') ? handles : undefined;
    });
    const names = new Set(listed.map(({ name }) => name));
    for (const { name } of reported) expect(names.has(name)).toBe(true);
    await until('nothing half made is left', () =>
      readdirSync(base).every((entry) => entry === '.lock' || !entry.startsWith('.')),
    );
    for (const handle of listed) await adapter.remove(handle, { force: true });
  }, 60_000);

  test('remove refuses a running daemon; sweep clears what killed spawns left, and only that', async () => {
    const handle = await adapter.spawn({ name: 'kept', ...sh('exec sleep 600') });
    await expect(adapter.remove(handle)).rejects.toMatchObject({ code: 'StatusFailed' });
    for (const name of ['.new-left', '.gone-left', '.new-young']) {
      mkdirSync(join(base, name, 'log'), { recursive: true });
      writeFileSync(join(base, name, 'log', '0000000001'), 'x');
      if (name !== '.new-young') utimesSync(join(base, name), 1, 1);
    }
    // Moved aside by a spawn that was killed before its own folder was in place: it comes back.
    const ended = await adapter.spawn({ name: 'back', ...sh('exit 5') });
    await adapter.wait(ended);
    await until('its supervisor is gone', () => !existsSync(join(base, 'back', 'control')));
    await execa('mv', [join(base, 'back'), join(base, '.old-11111111-1111-1111-1111-111111111111')]);
    const { supervisor } = {
      supervisor: fileURLToPath(new URL('../supervisor/supervise.pl', import.meta.url)),
    };
    expect((await execa('perl', [supervisor, 'sweep', base], { reject: false })).exitCode).toBe(0);
    expect(readdirSync(base).sort()).toEqual(['.lock', '.new-young', 'back', 'kept']);
    expect(await adapter.status(ended)).toMatchObject({ state: 'failed', exit: { code: 5 } });
    expect((await adapter.status(handle)).state).toBe('running');
    const remove = async (...args: string[]) =>
      (await execa('perl', [supervisor, 'remove', ...args], { reject: false })).exitCode;
    expect(await remove(base, 'kept', handle.id)).toBe(4);
    expect(await remove(base, 'back', handle.id)).toBe(3);
    expect(await remove(base, 'back', ended.id)).toBe(0);
    expect(await remove(base, 'back', ended.id)).toBe(0);
    expect(await remove(join(base, 'nowhere'), 'back', ended.id)).toBe(0);
    rmSync(join(base, '.new-young'), { recursive: true });
    await adapter.remove(handle, { force: true });
  });

  test('a log is readable to its owner alone', async () => {
    const handle = await adapter.spawn({ name: 'mode', ...sh('echo secret') });
    await adapter.wait(handle);
    expect(statSync(join(base, 'mode')).mode & 0o777).toBe(0o700);
    expect(statSync(join(base, 'mode', 'log', '0000000001')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(base, 'mode', 'log', '0000000001'), 'latin1')).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z stdout F secret\n$/,
    );
    await adapter.remove(handle);
  });
});
