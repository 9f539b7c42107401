import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { until } from './support/kernel.ts';
import { describeWithPrograms, program, temporaryFolder } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();
const folder = temporaryFolder();

describeWithPrograms('wos-ctl', () => {
  const wos = makeWos();
  beforeAll(async () => {
    await wos.start();
  });
  /** Starts one, and resolves with what spawn says of it. */
  const spawn = async (...args: string[]) => {
    const { code, stdout, stderr } = await wos.ctl(['spawn', '--json', '--wasm', program('basics'), ...args]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return JSON.parse(stdout) as { pid: number; log: string };
  };
  const done = { code: 0, stdout: '', stderr: '' };

  it('spawns, and lists: the command of the seed finds daemons', async () => {
    const started = await wos.ctl([
      'spawn',
      '--name',
      'duende-web',
      '--wasm',
      program('basics'),
      '--',
      'sleep',
    ]);
    expect(started.stdout).toMatch(/^Started duende-web with PID \d+\n$/);
    const { stdout } = await wos.ctl(['ps']);
    expect(stdout.split('\n').filter((line) => line.includes('duende'))).toHaveLength(1);
    const pid = /PID (\d+)/.exec(started.stdout)?.[1] ?? '';
    expect((await wos.ctl(['status', '--pid', pid, '--json'])).stdout).toContain('"state": "running"');
    expect((await wos.ctl(['status', '--name', 'web'])).stdout).toMatch(/^State: {5}running/m);
    const only = await wos.ctl(['spawn', '--pid', '--wasm', program('basics'), '--', 'exit', '0']);
    expect(only.stdout).toMatch(/^\d+\n$/);
  });

  it('gives what it is told to give, byte for byte, and nothing else', async () => {
    const odd = ['', ' ', '--x', '$HOME', 'a"b\\', 'ä\n', '*'];
    const words = ['spawn', '--wait', '--json', '--name', 'report', '--wasm', program('basics')];
    const given = ['--env', 'ONE=a=b', '-e', 'TWO=', '--priority', 'below-normal', '--memory', '16M'];
    const { code, stdout } = await wos.ctl([...words, ...given, '--', 'report', ...odd]);
    expect(code).toBe(0);
    const text = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text)
      .join('\n');
    const args = ['report', 'report', ...odd].map((arg) => `arg <${arg}>`);
    expect(text).toBe([...args, 'env <ONE=a=b>', 'env <TWO=>'].join('\n'));
  });

  it('gives directories, to be read or written', async () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    writeFileSync(join(data, 'a'), 'text');
    const { pid } = await spawn(
      '--cap',
      `fs:read=${data}`,
      '--cap',
      `fs:write=${data}:/guest`,
      '--cap',
      'net',
      '--cwd',
      '/guest',
      '--',
      'sleep',
    );
    const kernel = await wos.connect();
    expect((await kernel.request('status', { pid })).state).toBe('running');
    // Three streams, two directories, and the working directory.
    expect((await kernel.request('stats', { pid })).openFiles).toBe(6);
  });

  it('stops, continues, renices and ends processes', async () => {
    const { pid } = await spawn('--', 'sleep');
    const state = async () => JSON.parse((await wos.ctl(['status', '--json', String(pid)])).stdout);
    expect(await wos.ctl(['kill', '--pid', String(pid), '--signal', '19'])).toEqual(done);
    await expect.poll(async () => (await state()).state).toBe('paused');
    expect(await wos.ctl(['signal', String(pid), 'cont'])).toEqual(done);
    expect(await wos.ctl(['renice', '--pid', String(pid), '--priority', 'high'])).toEqual(done);
    await expect.poll(async () => (await state()).priority).toBe(1);
    expect(JSON.parse((await wos.ctl(['terminate', '-p', String(pid), '--json'])).stdout)).toEqual({
      pid,
      exit: { signal: 'SIGTERM' },
    });
    expect(await state()).toMatchObject({ state: 'ended', priorityName: 'high' });
    expect((await wos.ctl(['ps', '--all'])).stdout).toMatch(new RegExp(`^${pid} .*ended SIGTERM`, 'm'));
    expect(await wos.ctl(['rm', String(pid)])).toEqual(done);
    expect((await wos.ctl(['status', String(pid)])).code).toBe(3);
  });

  it('shows logs, and follows them to their end', async () => {
    const { pid } = await spawn('--name', 'lines', '--', 'lines', '20000');
    const followed = await wos.ctl(['logs', '--name', 'lines', '-f']);
    expect(followed.stdout.trimEnd().split('\n')).toHaveLength(20_000);
    const tail = await wos.ctl(['logs', '--pid', String(pid), '-n', '2']);
    expect(tail.stdout).toBe(
      [19_998, 19_999].map((line) => `line ${line} of a long series of lines that say nothing\n`).join(''),
    );
  });

  it('follows a log until nobody reads it', async () => {
    const { pid, log } = await spawn('--', 'count');
    await until('it writes', () => existsSync(join(log, '0000000001')));
    const closed = AbortSignal.timeout(300);
    const { code, stdout } = await wos.ctl(['logs', '-f', '--timestamps', String(pid)], closed);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d{4}-\S+Z tick 0\n\S+ tick 1\n/);
  });

  it('shows calls, sends messages, and watches', async () => {
    const { pid } = await spawn('--name', 'ticks', '--', 'count');
    const traced = await wos.ctl(['trace', String(pid), '--duration', '200ms']);
    expect(traced.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} fd_write\(fd=1, .*\) = 0 <\d+\.\d{3} ms>$/m);
    const mail = await wos.ctl(['send', '--json', '--pid', String(pid), 'hello']);
    expect(JSON.parse(mail.stdout)).toEqual({ pid, bytes: 5 });
    const kernel = await wos.connect();
    expect((await kernel.request('stats', { pid })).mailboxBytes).toBe(5);
    const named = await wos.ctl(['send', '--json', '--name', 'ticks', 'hello']);
    expect(JSON.parse(named.stdout)).toEqual({ pid, bytes: 5 });
    const dashed = await wos.ctl(['send', '--json', '--pid', String(pid), '--', '--x']);
    expect(JSON.parse(dashed.stdout)).toEqual({ pid, bytes: 3 });
    const twice = await wos.ctl(['send', '--name', 'ticks', '--text', 'a', '--', 'b']);
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('Unexpected argument "b"') });
    const top = await wos.ctl(['top', '--interval', '50ms']);
    expect(top.stdout).toMatch(/^\d+ process(es)? on \d+ threads?, kernel /);
    expect(top.stdout).toMatch(new RegExp(`^${pid} +ticks `, 'm'));
  });

  it('ends all with the kernel', async () => {
    expect(await wos.ctl(['shutdown', '--timeout', '1s'])).toEqual(done);
    expect((await wos.ctl(['ps'])).stdout).toBe(
      'PID  NAME  STATE  PRIORITY  CPU  MEMORY  TIME  RESTARTS  COMMAND\n',
    );
    const all = JSON.parse((await wos.ctl(['ps', '--all', '--json'])).stdout) as { state: string }[];
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['ended']));
    expect((await wos.ctl(['logs', '--name', 'lines', '-n', '1'])).stdout).toContain('line 19999 ');
  });
});
