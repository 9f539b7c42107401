import { PlatformError } from '@duende/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { run } from './harness.ts';
import { MemoryAdapter } from './memory-adapter.ts';

let native: MemoryAdapter;
let container: MemoryAdapter;

beforeEach(async () => {
  native = new MemoryAdapter('native');
  container = new MemoryAdapter('container');
  await native.spawn({ name: 'web', program: '/bin/a' });
  await container.spawn({ name: 'api', program: '/bin/a' });
});

describe('which platform a name lives on', () => {
  test('every installed one is asked', async () => {
    const { code, stdout } = await run(['status', 'api', '--json'], [native, container]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      handle: { name: 'api', platform: 'container' },
      status: { state: 'running' },
    });
    expect(native.closed + container.closed).toBe(2);
  });

  test('two of one name are an error that names both', async () => {
    await container.spawn({ name: 'web', program: '/bin/a' });
    const { code, stdout, stderr } = await run(['stop', 'web'], [native, container]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'duende: "web" is the name of a daemon on native and on container. Say which: --platform native or --platform container\n',
    );
    const chosen = await run(['stop', 'web', '--platform', 'container'], [native, container]);
    expect(chosen.code).toBe(0);
    expect(native.daemons.get('web')?.status.state).toBe('running');
    expect(container.daemons.get('web')?.status.state).toBe('stopped');
  });

  test('$DUENDE_PLATFORM chooses too, and --platform wins over it', async () => {
    const env = { DUENDE_PLATFORM: 'container' };
    expect((await run(['status', 'web'], [native, container], { env })).code).toBe(3);
    expect((await run(['status', 'web', '-p', 'native'], [native, container], { env })).code).toBe(0);
    const wrong = await run(['status', 'web'], [native], { env: { DUENDE_PLATFORM: 'windows' } });
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('DUENDE_PLATFORM: expected one of'),
    });
  });

  test('nobody has it: 3, and where was looked', async () => {
    const { code, stderr } = await run(['status', 'db'], [native, container]);
    expect(code).toBe(3);
    expect(stderr).toBe('duende: No daemon is named "db" on native, container. List them with: duende ps\n');
  });

  test('a platform that is absent is passed over', async () => {
    container.failure = new Error('connect ENOENT /var/run/docker.sock');
    container.availability = { available: false, why: 'Docker is not running', fix: 'Start it' };
    expect(await run(['status', 'web'], [native, container])).toMatchObject({ code: 0, stderr: '' });
    const none = await run(['status', 'db'], [native, container]);
    expect(none.stderr).toContain('container did not answer: Docker is not running');
    const chosen = await run(['status', 'db', '-p', 'container'], [native, container]);
    expect(chosen.code).toBe(69);
    expect(chosen.stderr).toContain('is not available here: Docker is not running. Start it');
  });

  test('one that is there and fails is told about', async () => {
    container.failure = new PlatformError('StatusFailed', 'The engine says no', { reason: 'engine-error' });
    const { code, stderr } = await run(['status', 'web'], [native, container]);
    expect(code).toBe(0);
    expect(stderr).toBe('duende: container did not answer: The engine says no\n');
    const listed = await run(['ps', '--json'], [native, container]);
    expect(JSON.parse(listed.stdout)).toHaveLength(1);
    expect(listed.stderr).toContain('container did not answer');
  });

  test('a package that is not installed: 69', async () => {
    const { code, stderr } = await run(['ps', '--platform', 'wos'], [native]);
    expect(code).toBe(69);
    expect(stderr).toContain('npm install @duende/wos');
  });

  test.each(['../x', 'a/b', '', 'a\nb', '-', 'x'.repeat(64), 'a..b'])('%j cannot be a name', async (name) => {
    const { code, stderr, stdout } = await run(['status', name], [native]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('spawn without --platform', () => {
  test('takes the detected one, and says so when its package is missing', async () => {
    const argv = ['spawn', '--name', 'x', '--json', '--', '/bin/true'];
    const found = await run(argv, [native, container], { detected: 'container' });
    expect(JSON.parse(found.stdout)).toMatchObject({ platform: 'container' });
    const { code, stdout, stderr } = await run(argv, [native], { detected: 'linux' });
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toMatch(/@duende\/systemd.*--platform native\n$/);
    expect(native.daemons.has('x')).toBe(false);
  });
});

describe('output', () => {
  test('colours only on a terminal, and not with NO_COLOR', async () => {
    const daemon = native.daemons.get('web');
    if (daemon) daemon.lines = [{ time: '2026-01-01T00:00:00.000000Z', stream: 'stderr', text: 'oh' }];
    expect((await run(['logs', 'web'], [native])).stdout).toBe('oh\n');
    expect((await run(['logs', 'web'], [native], { tty: true })).stdout).toBe('\u001B[31moh\u001B[39m\n');
    const plain = await run(['logs', 'web', '--timestamps'], [native], { tty: true, env: { NO_COLOR: '1' } });
    expect(plain.stdout).toBe('2026-01-01T00:00:00.000000Z oh\n');
  });

  test('trace prints as strace does, and detaches', async () => {
    const { stdout } = await run(['trace', 'web'], [native]);
    expect(stdout).toBe('03:04:05.000006Z [7] openat(AT_FDCWD, "/x") = -1 ENOENT <0.000012>\n');
    expect(native.detached).toBeGreaterThan(0);
    const summary = await run(['trace', 'web', '--summary', '--json'], [native]);
    expect(JSON.parse(summary.stdout)).toMatchObject({ total: 1 });
  });

  test('install says in one line that it cannot', async () => {
    const { code, stdout, stderr } = await run(['install', '--name', 'x', '--', '/bin/true'], [native]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^duende: Native cannot install: the double has none\. .*\n$/);
    expect((await run(['uninstall', 'web'], [native])).code).toBe(1);
  });

  test('--verbose adds the causes', async () => {
    native.failure = new PlatformError('StatusFailed', 'No', {
      reason: 'engine-error',
      cause: new Error('why not'),
    });
    const quiet = await run(['status', 'web', '-p', 'native'], [native]);
    expect(quiet).toMatchObject({ code: 1, stderr: 'duende: No\n' });
    const verbose = await run(['status', 'web', '-p', 'native', '--verbose'], [native]);
    expect(verbose.stderr).toMatch(/code=StatusFailed reason=engine-error\n {2}caused by: Error: why not/);
  });
});
