import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  cleanUp,
  Host,
  id,
  isRoot,
  logOf,
  newFolder,
  read,
  type Settings,
  startAgent,
} from './agent-harness.ts';

afterEach(cleanUp);

function run(settings: Settings) {
  const folder = newFolder();
  const guest = startAgent(folder);
  return { folder, guest, host: new Host(folder, guest.socket, settings) };
}

const always = { restart_policy: 2 };

describe('the end of the program', () => {
  test.each([
    { args: ['exit', '7'], state: 'failed', exit: { code: 7 }, reason: 'exit-code' },
    { args: ['exit', '0'], state: 'stopped', exit: { code: 0 }, reason: undefined },
    { args: ['signal-self', 'KILL'], state: 'failed', exit: { signal: 9, core: false }, reason: 'signal' },
    { args: ['signal-self', 'TERM'], state: 'stopped', exit: { signal: 15, core: false }, reason: undefined },
  ])('$args', async ({ args, state, exit, reason }) => {
    const { host, guest } = run({ args: ['say', 'hello', ...args] });
    expect(await host.bridge.ended).toBe(0);
    expect(await guest.ended).toBe(0);
    expect(host.page()).toMatchObject({ state, exit, reason, restarts: 0, main: { pid: 0 } });
    expect(logOf(host.folder)).toBe('hello\n');
    expect(read(join(host.folder, 'state')).slice(4096)).toBe('{"spec":1}');
    expect(host.bridge.errors()).toBe('');
    // As a container's run folder, and what the bridge itself must know.
    expect(readdirSync(host.folder).sort()).toEqual(['agent', 'bridge', 'config', 'log', 'state']);
  });

  test('a program that is not there: the failure, and no run', async () => {
    const { host, guest } = run({ program: '/no/such/program' });
    expect(await host.bridge.ended).toBe(0);
    expect(await guest.ended).toBe(0);
    expect(host.page()).toMatchObject({ state: 'failed', reason: 'spawn', exit: undefined });
    expect(read(join(host.folder, 'failure'))).toBe('exec 2 \n');
  });

  test('a program that ends before it is ready: its code, and what it said last', async () => {
    const { host } = run({ args: ['warn', 'no such database', 'exit', '5'], numbers: { notify: 1 } });
    expect(await host.bridge.ended).toBe(0);
    expect(read(join(host.folder, 'failure'))).toBe('exited-code 5 no such database\n');
    expect(host.page()).toMatchObject({ state: 'failed', reason: 'spawn', exit: { code: 5 } });
  });
});

test('environment, arguments and folder: what the configuration says, and PATH', async () => {
  const args = ['report', 'a b', '', '"$X"', '-n', 'ü\n'];
  const { host } = run({
    args,
    frames: [
      ['variable', 'OURS=1 2'],
      ['cwd', '/usr'],
    ],
  });
  await host.bridge.ended;
  const lines = logOf(host.folder).split('\n');
  expect(lines).toContain('cwd "/usr"');
  expect(lines.filter((line) => line.startsWith('arg '))).toHaveLength(5);
  expect(lines.filter((line) => line.startsWith('env "')).sort()).toEqual([
    'env "OURS=1 2"',
    'env "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
  ]);
});

async function hasIdentity(): Promise<void> {
  const script = 'id -u; id -g; id -G; ulimit -n; grep CapEff /proc/self/status; echo out > /dev/stdout';
  const numbers = { uid: 1234, gid: 2345, open_files: 77 };
  const { host } = run({ program: '/bin/sh', args: ['-c', script], numbers });
  await host.bridge.ended;
  expect(logOf(host.folder)).toBe('1234\n2345\n2345\n77\nCapEff:\t0000000000000000\nout\n');
}
if (isRoot) test('user, group and the limit of open files', hasIdentity);

test('restarts with their count; the end when the limit is reached', async () => {
  const { host } = run({ args: ['run', 'exit', '3'], numbers: { ...always, restart_max: 3 } });
  expect(await host.bridge.ended).toBe(0);
  expect(host.page()).toMatchObject({
    state: 'failed',
    reason: 'restart-limit',
    restarts: 3,
    exit: { code: 3 },
    lastExit: { code: 3 },
  });
  expect(logOf(host.folder).match(/^run /gm)).toHaveLength(4);
});

describe('control', () => {
  test('signals by name, in their order; wrong ids and names are refused', async () => {
    const { host } = run({ args: ['trap'], numbers: always });
    await host.says('ready\n');
    expect(await host.ask(`ping ${id}`)).toBe('ok');
    for (const name of ['HUP', 'USR1', 'USR2', 'INT', 'QUIT']) {
      expect(await host.ask(`signal ${id} ${name}`)).toBe('ok');
      await host.says(`${name}\n`);
    }
    expect(await host.ask(`signal ${id} NONE`)).toBe('error unknown-signal');
    expect(await host.ask('signal another USR1')).toBe('error not-found');
    expect(await host.ask('x'.repeat(500))).toBe('gone');
    expect(await host.ask(`ping ${id}`)).toBe('ok');
  });

  test('Stop and Cont show', async () => {
    const { host } = run({ args: ['say', 'up', 'park'] });
    await host.says('up\n');
    await host.ask(`signal ${id} STOP`);
    await host.inState('paused');
    await host.ask(`signal ${id} CONT`);
    await host.inState('running');
  });

  test('many at once are all answered', async () => {
    const { host } = run({ args: ['say', 'up', 'park'] });
    await host.says('up\n');
    const answers = await Promise.all(Array.from({ length: 24 }, () => host.ask(`ping ${id}`)));
    expect(answers).toEqual(Array(24).fill('ok'));
  });

  test('a stop takes the whole tree, after its timeout by force', async () => {
    const { host, guest } = run({ args: ['ignore', 'TERM', 'fork', 'say', 'up', 'park'], numbers: always });
    await host.says('up\n');
    expect(await host.ask(`stop ${id} 200`)).toBe('ok');
    expect(await host.bridge.ended).toBe(0);
    expect(await guest.ended).toBe(0);
    expect(host.page()).toMatchObject({ state: 'stopped', exit: { signal: 9 } });
    expect(existsSync(join(host.folder, 'control'))).toBe(false);
    expect(existsSync(join(host.folder, 'exec'))).toBe(false);
  });

  test('of the end of a run that nobody has asked for', async () => {
    const { host } = run({ args: ['graceful'], numbers: always });
    await host.says('ready\n');
    expect(await host.ask(`signal ${id} TERM`)).toBe('ok');
    await host.until('a second run', () => host.page().restarts === 1);
    await host.inState('running', 1);
    expect(await host.ask(`stop ${id} 5000`)).toBe('ok');
    await host.inState('stopped');
  });
});

test('an init that is killed is an end that is told', async () => {
  const { host, guest } = run({ program: '/bin/sh', args: ['-c', 'sleep 0.3; kill -9 $PPID; sleep 60'] });
  expect(await host.bridge.ended).toBe(0);
  expect(await guest.ended).toBe(0);
  expect(host.page()).toMatchObject({ state: 'failed', reason: 'lost', main: { pid: 0 } });
});

test('a bridge that comes late runs it, one that comes after the end gets the end', async () => {
  const folder = newFolder();
  const guest = startAgent(folder);
  const host = new Host(folder, guest.socket, { args: ['say', 'hello', 'sleep', '400', 'exit', '4'] });
  await host.says('hello\n');
  await host.kill();
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(host.page().state).toBe('running');
  host.start();
  expect(await host.bridge.ended).toBe(0);
  expect(host.page()).toMatchObject({ state: 'failed', exit: { code: 4 }, restarts: 0 });
  expect(await guest.ended).toBe(0);
});

test('a second bridge does not work on the same folder', async () => {
  const { host } = run({ args: ['say', 'up', 'park'] });
  await host.says('up\n');
  const first = host.bridge;
  const second = host.start();
  expect(await second.ended).toBe(75);
  host.bridge = first;
  expect(await host.ask(`ping ${id}`)).toBe('ok');
});

test('without a host the guest ends after its patience', async () => {
  const folder = newFolder();
  const guest = startAgent(folder, ['linger=1']);
  const host = new Host(folder, guest.socket, { args: ['say', 'up', 'sleep', '300', 'exit', '0'] });
  await host.says('up\n');
  await host.kill();
  expect(await guest.ended).toBe(0);
  const again = host.start();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(again.child.exitCode).toBe(null);
  expect(host.page().state).toBe('running');
});

test('a machine that has died and was started again: another run, the restarts counted, the log goes on', async () => {
  const folder = newFolder();
  const guest = startAgent(folder);
  const host = new Host(folder, guest.socket, { args: ['run', 'say', 'up', 'park'], numbers: always });
  await host.says('up\n');
  guest.child.kill('SIGKILL');
  await guest.ended;
  startAgent(newFolder(), [], guest.socket);
  await host.until('the next run', () => host.page().restarts === 1);
  await host.until('its log', () => logOf(host.folder).match(/^up$/gm)?.length === 2);
  expect(host.page()).toMatchObject({ state: 'running', restarts: 1 });
  expect(await host.ask(`stop ${id} 1000`)).toBe('ok');
  expect(await host.bridge.ended).toBe(0);
  expect(logOf(host.folder)).toMatch(/^run \d+ \d+\nup\nrun \d+ \d+\nup\n$/);
});

test('a bridge that is told to: its own end when the VMM has gone', async () => {
  const folder = newFolder();
  const guest = startAgent(folder);
  const host = new Host(folder, guest.socket, { args: ['say', 'up', 'park'] }, ['--exit-when-gone']);
  await host.says('up\n');
  guest.child.kill('SIGKILL');
  expect(await host.bridge.ended).toBe(3);
  expect(host.page().state).toBe('running');
});

test('TERM ends a bridge, and the daemon goes on', async () => {
  const { host } = run({ args: ['say', 'up', 'park'] });
  await host.says('up\n');
  host.bridge.child.kill('SIGTERM');
  expect(await host.bridge.ended).toBe(0);
  expect(existsSync(join(host.folder, 'control'))).toBe(false);
  host.start();
  await host.until('its socket', () => existsSync(join(host.folder, 'control')));
  expect(await host.ask(`ping ${id}`)).toBe('ok');
});
