import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { linesOf, makeAdapter, perlKinds } from './perl-helpers.ts';

const isRoot = process.getuid?.() === 0;

describe.each(perlKinds)('spawn under the supervisor %s', (kind) => {
  const { adapter, stateDirectory, cleanup } = makeAdapter(kind);
  afterAll(cleanup);
  const entries = () => readdirSync(join(stateDirectory, 'native')).filter((name) => name !== '.lock');

  const text = join(stateDirectory, 'text');
  writeFileSync(text, 'echo this must never be run by a shell\n', { mode: 0o755 });
  const script = join(stateDirectory, 'script');
  writeFileSync(script, '#!/nonexistent/interpreter\n', { mode: 0o755 });
  const notExecutable = join(stateDirectory, 'plain');
  writeFileSync(notExecutable, '#!/bin/sh\n', { mode: 0o644 });
  const locked = join(stateDirectory, 'locked');
  mkdirSync(locked, { mode: 0o700 });

  test.each([
    ['no such program', { program: '/nonexistent/program' }, /Cannot execute .*no such file/],
    ['no permission to execute', { program: notExecutable }, /Cannot execute .*permission denied/],
    ['a folder as program', { program: locked }, /Cannot execute .*permission denied/],
    ['a file that is no executable', { program: text }, /Cannot execute .*exec format error/],
    ['a missing interpreter', { program: script }, /Cannot execute .*no such file/],
    ['no such cwd', { program: '/bin/true', cwd: '/nonexistent' }, /cwd: cannot enter .*no such file/],
    ['a file as cwd', { program: '/bin/true', cwd: text }, /cwd: cannot enter .*not a directory/],
    ['an unknown user', { program: '/bin/true', user: 'nobody-of-this-name' }, /user .* does not exist/],
  ])('%s: says so and leaves nothing', async (_, spec, message) => {
    const spawned = adapter.spawn({ name: 'refused', ...spec });
    await expect(spawned).rejects.toMatchObject({ code: 'SpawnFailed', reason: 'exec-failed' });
    await expect(spawned).rejects.toThrow(message);
    expect(entries()).toEqual([]);
  });

  test('too much for execve(2) is a Config error', async () => {
    const args = Array.from({ length: 60 }, () => 'x'.repeat(120_000));
    const spawned = adapter.spawn({ name: 'refused', program: '/bin/true', args });
    await expect(spawned).rejects.toMatchObject({ code: 'Config', field: 'args' });
    expect(entries()).toEqual([]);
  });

  test('args, env, cwd and argv[0] arrive byte for byte, and nothing of the caller', async () => {
    const odd = ['', ' ', '-x', '$HOME `id` %s', 'a"b\'c\\d', 'new\nline\ttab', 'ünïcødé ☃ 😀', '*', '~'];
    const folder = join(stateDirectory, 'ä $x "y"');
    mkdirSync(folder);
    const program = process.execPath;
    const source =
      'process.stdout.write(JSON.stringify({ args: process.argv.slice(1), env: process.env, cwd: process.cwd() }) + "\\n")';
    const env = { EMPTY: '', 'odd name!': 'x', NEWLINE: 'a\nb', ÜMLAUT: 'ö', PATH: '/bin' };
    const handle = await adapter.spawn({
      name: 'bytes',
      program,
      args: ['-e', source, '--', ...odd],
      env,
      cwd: folder,
    });
    expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped' });
    const seen = JSON.parse((await linesOf(adapter, handle)).join('\n'));
    expect(seen.args).toEqual(odd);
    expect(seen.cwd).toBe(folder);
    expect(seen.env).toMatchObject(env);
    const given = ['HOME', 'USER', 'LOGNAME', 'SHELL', 'DUENDE_NAME', 'DUENDE_PLATFORM', 'DUENDE_ID'];
    expect(Object.keys(seen.env).sort()).toEqual([...Object.keys(env), ...given].sort());
    await adapter.remove(handle);
  });

  test('a daemon begins with default signals, an empty mask, umask 022, its own session and no file of ours', async () => {
    const source =
      'umask; grep -E "^Sig(Blk|Ign)" /proc/self/status; ls /proc/self/fd | tr "\\n" " "; echo; ps -o sess= -p $$';
    const handle = await adapter.spawn({ name: 'clean', program: '/bin/sh', args: ['-c', source] });
    const { pid } = handle.data as { pid: number };
    await adapter.wait(handle);
    const [mask, ...rest] = await linesOf(adapter, handle);
    expect(mask).toBe('0022');
    expect(rest.slice(0, 2).map((line) => line.split('\t')[1])).toEqual(Array(2).fill('0'.repeat(16)));
    // The fourth is the folder that ls itself reads.
    expect(rest[2]?.trim()).toBe('0 1 2 3');
    expect(Number(rest[3])).toBe(pid);
    await adapter.remove(handle);
  });

  if (isRoot)
    test('user, group and supplementary groups are those of the spec', async () => {
      const handle = await adapter.spawn({
        name: 'who',
        program: '/usr/bin/id',
        user: 'nobody',
        group: 'daemon',
      });
      expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped' });
      const line = (await linesOf(adapter, handle))[0] ?? '';
      expect(line).toMatch(/^uid=65534\(nobody\) gid=1\(daemon\) groups=1\(daemon\)(,65534\(nogroup\))?$/);
      await adapter.remove(handle);
    });

  test('a live name is refused, an ended one replaced, and of twenty at once one wins', async () => {
    const spec = { name: 'once', program: '/bin/sleep', args: ['600'] };
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => adapter.spawn(spec)));
    const won = results.filter(({ status }) => status === 'fulfilled');
    expect(won.length).toBe(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ reason: 'already-exists' });
    const [handle] = await adapter.list();
    if (!handle) throw new Error('the daemon is not listed');
    expect((await adapter.stop(handle)).state).toBe('stopped');
    const second = await adapter.spawn(spec);
    expect(second.id).not.toBe(handle.id);
    await expect(adapter.status(handle)).rejects.toMatchObject({ reason: 'not-found' });
    await adapter.remove(second, { force: true });
    expect(entries()).toEqual([]);
  });
});

describe('limits under the Perl supervisor', () => {
  const { adapter, cleanup } = makeAdapter('perl');
  afterAll(cleanup);

  test('openFilesMax, lockMemory and noNewPrivileges are set', async () => {
    const handle = await adapter.spawn({
      name: 'limits',
      program: '/bin/cat',
      args: ['/proc/self/limits', '/proc/self/status'],
      resources: { openFilesMax: 77, lockMemory: 12_288 },
      sandbox: { noNewPrivileges: true },
    });
    await adapter.wait(handle);
    const lines = (await linesOf(adapter, handle)).join('\n');
    expect(lines).toMatch(/^Max open files +77 +77 /m);
    expect(lines).toMatch(/^Max locked memory +12288 +12288 /m);
    expect(lines).toMatch(/^NoNewPrivs:\t1$/m);
    await adapter.remove(handle);
  });

  test('what needs control groups is refused by name', async () => {
    const spawned = adapter.spawn({ name: 'group', program: '/bin/true', resources: { memoryMax: '64M' } });
    await expect(spawned).rejects.toMatchObject({ code: 'Config', field: 'resources.memoryMax' });
  });

  test('without system calls the limits are refused by name', async () => {
    const portable = makeAdapter('perl-portable');
    for (const [field, spec] of [
      ['resources.openFilesMax', { resources: { openFilesMax: 77 } }],
      ['sandbox.noNewPrivileges', { sandbox: { noNewPrivileges: true } }],
    ] as const) {
      const spawned = portable.adapter.spawn({ name: 'limit', program: '/bin/true', ...spec });
      await expect(spawned).rejects.toMatchObject({ code: 'Config', field });
    }
    await portable.cleanup();
  });
});
