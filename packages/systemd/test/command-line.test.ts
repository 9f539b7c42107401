import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { makeStateDirectory, systemctl } from './harness.ts';
import { testScope } from './scope.ts';
import { itWhen } from './when.ts';

const cli = fileURLToPath(new URL('../../duende/dist/cli.js', import.meta.url));
const state = makeStateDirectory();

async function duende(args: readonly string[], env: Record<string, string> = {}) {
  const run = await execa(process.execPath, [cli, ...args], {
    env: { DUENDE_STATE_DIR: state, ...env },
    reject: false,
  });
  return { code: run.exitCode, out: run.stdout, err: run.stderr };
}

const json = async (...args: string[]) => JSON.parse((await duende([...args, '--json'])).out);

const name = `cli-${process.pid.toString(36)}`;
afterAll(async () => {
  await duende(['rm', '--force', name, '--scope', testScope]);
});

interface Row {
  platform: string;
  available: boolean;
  engine?: string;
  why?: string;
  fix?: string;
  warnings: string[];
}

const linuxRow = (report: { platforms: Row[] }): Row | undefined =>
  report.platforms.find(({ platform }) => platform === 'linux');

describe('doctor', () => {
  test('finds systemd and says which manager', async () => {
    const report = await json('doctor');
    expect(report.detected.platform).toBe('linux');
    expect(linuxRow(report)).toMatchObject({
      available: true,
      engine: expect.stringMatching(/^systemd \d+.*\(\w+\)$/),
    });
    expect(linuxRow(report)?.engine).toContain(`(${testScope})`);
  });

  test('a user without a session is told why, and what to do', async () => {
    const { out } = await duende(['doctor', '--scope', 'user', '--json'], {
      XDG_RUNTIME_DIR: '/run/nobody-is-here',
    });
    expect(linuxRow(JSON.parse(out))).toMatchObject({
      available: false,
      why: expect.stringContaining('/run/nobody-is-here does not exist'),
      fix: expect.stringContaining('loginctl enable-linger'),
    });
  });

  // To root no folder is somebody else's.
  itWhen(testScope === 'user')(
    "a runtime folder of somebody else's is told from one that is not there",
    async () => {
      const { out } = await duende(['doctor', '--json'], { XDG_RUNTIME_DIR: '/run' });
      expect(linuxRow(JSON.parse(out))).toMatchObject({
        available: false,
        why: expect.stringContaining('another user'),
      });
    },
  );
});

test('a daemon by the command line, from spawn to rm', async () => {
  const spawned = await duende([
    'spawn',
    '--name',
    name,
    '--env',
    'GREETING=hello',
    '--',
    '/bin/sh',
    '-c',
    'echo $GREETING; exec sleep 1000',
  ]);
  expect(spawned).toMatchObject({ code: 0, err: '' });
  const unit = `duende-${name}.service`;
  expect(await systemctl('is-active', unit)).toBe('active');
  expect((await json('status', name)).status.state).toBe('running');
  expect((await json('ps')).map(({ handle }: { handle: { name: string } }) => handle.name)).toEqual([name]);
  await expect.poll(async () => (await duende(['logs', name])).out).toContain('hello');
  expect((await json('stats', name)).stats?.pids ?? (await json('stats', name)).pids).toBe(1);
  expect((await duende(['signal', name, 'STOP'])).code).toBe(0);
  expect((await json('status', name)).status.state).toBe('paused');
  expect((await duende(['signal', name, 'CONT'])).code).toBe(0);
  expect((await duende(['restart', name])).code).toBe(0);
  expect((await duende(['stop', name])).code).toBe(0);
  expect((await duende(['status', name])).out).toContain('stopped');
  expect((await duende(['rm', name])).code).toBe(0);
  expect(await duende(['status', name])).toMatchObject({ code: 3 });
});

test('install and uninstall', async () => {
  const installed = await duende([
    'install',
    '--name',
    name,
    '--restart',
    'always',
    '--',
    '/bin/sleep',
    '1000',
  ]);
  expect(installed).toMatchObject({ code: 0, err: '' });
  expect(await systemctl('is-enabled', `duende-${name}.service`)).toBe('enabled');
  expect(await duende(['uninstall', name])).toMatchObject({ code: 0 });
  expect(await systemctl('is-enabled', `duende-${name}.service`)).not.toBe('enabled');
});

describe('bad input is one line, and leaves nothing', () => {
  const spawn = (...args: string[]) => duende(['spawn', '--name', name, ...args, '--', '/bin/sleep', '1']);

  test.each([
    ['a scope that there is not', ['--scope', 'world'], 2, /scope.*user or system/],
    [
      'a property that systemd does not know',
      ['--set', 'platform.systemd.properties.NoSuch="1"'],
      2,
      /NoSuch/,
    ],
    [
      'a property that Duende sets',
      ['--set', 'platform.systemd.properties.Type="simple"'],
      2,
      /properties\.Type/,
    ],
    [
      'a value that systemd refuses',
      ['--set', 'platform.systemd.properties.OOMScoreAdjust=5000'],
      2,
      /OOMScoreAdjust/,
    ],
    ['a setting that is not there', ['--set', 'platform.systemd.nope=1'], 2, /platform\.systemd\.nope/],
    ['bounds of the log', ['--set', 'logs.maxSize="1M"'], 2, /logs\.maxSize.*journald/],
    ['a folder that is not there', ['--cwd', '/no/such/folder'], 1, /cwd/],
  ])('%s', async (_, args, code, message) => {
    const result = await spawn(...args);
    expect(result.code).toBe(code);
    expect(result.err).toMatch(message);
    expect(result.err.split('\n')).toHaveLength(1);
    expect(await json('ps')).toEqual([]);
    expect(await systemctl('list-units', '--all', '--plain', '--no-legend', `duende-${name}.service`)).toBe(
      '',
    );
  });
});
