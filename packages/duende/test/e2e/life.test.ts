import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DaemonHandle, DaemonStats } from '../../src/index.ts';
import { type StatusDocument, useCli } from './cli.ts';

const cli = useCli();
const sleep = ['--', 'sleep', '1000'];

describe('the life of a daemon', () => {
  test('spawn, status, ps, signal, stats, restart, stop, wait, rm', async () => {
    const duende = cli();
    const handle: DaemonHandle = JSON.parse(
      await duende.ok(['spawn', '--name', 'web', '--json', '-l', 'a=b', ...sleep]),
    );
    expect(handle).toMatchObject({ version: 1, name: 'web', platform: 'native', data: { kind: 'native' } });
    const { pid } = handle.data as { pid: number };
    process.kill(pid, 0);

    expect(await duende.json(['status', 'web'])).toEqual({
      handle,
      status: expect.objectContaining({ state: 'running', pid, restarts: 0 }),
    });
    const listed = await duende.json<StatusDocument[]>(['ps']);
    expect(listed).toEqual([{ handle, status: expect.objectContaining({ state: 'running', pid }) }]);
    expect(await duende.ok(['ps'])).toMatch(
      new RegExp(
        `^NAME +PLATFORM +STATE +PID +RESTARTS +UPTIME +MESSAGE\\nweb +native +running +${pid} +0 +\\S+\\n$`,
      ),
    );
    expect(await duende.ok(['status', 'web'])).toMatch(/^Name: {5}web\n.*^State: {4}running$.*ago\)$/ms);

    expect(await duende.json(['signal', 'web', 'SIGSTOP'])).toEqual({ handle, signal: 'STOP' });
    expect((await duende.json(['status', 'web'])).status).toMatchObject({ state: 'paused' });
    await duende.ok(['signal', 'web', 'cont']);

    const { stats } = await duende.json<{ stats: DaemonStats }>(['stats', 'web']);
    expect(stats).toMatchObject({ measured: expect.arrayContaining(['memoryBytes', 'pids']) });
    expect(await duende.ok(['stats', 'web'])).toMatch(/^Memory: +\d/m);

    const again = await duende.json(['restart', 'web', '--timeout', '2s']);
    expect(again).toMatchObject({ handle: { name: 'web' }, status: { state: 'running' } });
    expect(again.status.pid).not.toBe(pid);

    expect(await duende.json(['stop', 'web'])).toMatchObject({ status: { state: 'stopped' } });
    expect(await duende.ok(['stop', 'web'])).toMatch(/^web stopped/);
    expect(await duende.json(['wait', 'web'])).toMatchObject({ status: { state: 'stopped' } });
    expect(await duende.json(['rm', 'web'])).toMatchObject({ handle: { name: 'web' }, removed: true });
    expect(await duende.fails(3, ['status', 'web'])).toContain('No daemon is named "web" on native');
    expect(await duende.json(['ps'])).toEqual([]);
  });

  test('a running daemon is removed only by force', async () => {
    const duende = cli();
    await duende.ok(['spawn', '--name', 'web', ...sleep]);
    await duende.fails(1, ['rm', 'web']);
    expect((await duende.json(['status', 'web'])).status).toMatchObject({ state: 'running' });
    expect(await duende.ok(['rm', 'web', '--force'])).toBe('web removed\n');
  });

  test('a live name is not given twice, and of two at once one wins', async () => {
    const duende = cli();
    const both = await Promise.all(
      [1, 2].map(() => duende.run(['spawn', '--name', 'web', '--json', ...sleep])),
    );
    expect(both.map(({ code }) => code).toSorted()).toEqual([0, 1]);
    const winner = both.find(({ code }) => code === 0);
    expect(JSON.parse(winner?.stdout ?? '')).toEqual((await duende.json(['status', 'web'])).handle);
  });
});

describe('wait', () => {
  const end = (script: string) => ['--', process.execPath, '-e', script];

  test('0 when it stopped, 1 when it failed, and its own code on demand', async () => {
    const duende = cli();
    await duende.ok(['spawn', '--name', 'good', ...end('')]);
    await duende.ok(['spawn', '--name', 'bad', ...end('setTimeout(() => process.exit(7), 300)')]);
    await duende.ok(['spawn', '--name', 'killed', ...end('process.kill(process.pid, "SIGKILL")')]);
    expect(await duende.ok(['wait', 'good'])).toBe('good stopped (exit code 0)\n');
    const bad = await duende.run(['wait', 'bad']);
    expect(bad).toMatchObject({
      code: 1,
      stdout: 'bad failed (ended with an error (exit code 7))\n',
      stderr: '',
    });
    expect((await duende.run(['wait', 'bad', '--exit-code'])).code).toBe(7);
    expect((await duende.run(['wait', 'killed', '--exit-code', '--json'])).code).toBe(137);
    expect((await duende.run(['wait', 'good', '--exit-code'])).code).toBe(0);
  });

  test('gives up after --timeout', async () => {
    const duende = cli();
    await duende.ok(['spawn', '--name', 'web', ...sleep]);
    expect(await duende.fails(1, ['wait', 'web', '--timeout', '200ms'])).toContain(
      'has not ended within 200ms',
    );
  });
});

describe('what a program gets', () => {
  const print = [
    '--',
    process.execPath,
    '-e',
    'console.log(JSON.stringify([process.argv.slice(1), process.env, process.cwd()]))',
  ];

  async function got(
    argv: string[],
    args: string[] = [],
    options = {},
  ): Promise<[string[], NodeJS.ProcessEnv, string]> {
    const duende = cli();
    await duende.ok(['spawn', '--name', 'p', ...argv, ...print, ...args], options);
    await duende.run(['wait', 'p']);
    return JSON.parse(await duende.ok(['logs', 'p', '--stream', 'stdout']));
  }

  test('arguments byte for byte', async () => {
    const args = [
      '',
      ' ',
      '$HOME',
      '`id`',
      '%n',
      '\\',
      '"',
      "'",
      'ü\u{1F600}',
      'a\nb',
      '--',
      '--json',
      '-h',
      '*',
    ];
    expect((await got([], ['--', ...args]))[0]).toEqual(args);
  });

  test('only the environment that was given', async () => {
    const [, env] = await got(['-e', 'A=1', '--env', 'B=x=y z', '-e', 'GIVEN', '--env', 'EMPTY='], [], {
      env: { GIVEN: 'here', LEAK: 'no' },
    });
    expect(env).toMatchObject({ A: '1', B: 'x=y z', GIVEN: 'here', EMPTY: '' });
    expect(env).not.toHaveProperty('LEAK');
  });

  test.each(['--env-from', '--env-file'])(
    'variables of a file by %s, over which --env wins',
    async (option) => {
      const lines = [
        '# comment',
        'A=1',
        'export B="two words"',
        "C='#no'",
        '',
        'D=file',
        'E="first',
        'second"',
      ];
      writeFileSync(join(cli().folder, 'variables'), `${lines.join('\n')}\n`);
      const [, env] = await got([option, 'variables', '-e', 'D=given']);
      expect(env).toMatchObject({ A: '1', B: 'two words', C: '#no', D: 'given', E: 'first\nsecond' });
    },
  );

  test('relative folders are those of the caller', async () => {
    expect((await got(['--cwd', '..'], [], { cwd: '/usr/bin' }))[2]).toBe('/usr');
  });
});
