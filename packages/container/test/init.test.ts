import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { Container, cleanUp, id, init, prepare, probe, read, start } from './init-harness.ts';

afterEach(cleanUp);

const always = { restart_policy: 2 };
const failure = (container: Container): string => read(join(container.folder, 'failure'));

test('says its version', () => {
  expect(execFileSync(init, ['version'], { encoding: 'utf8' })).toBe('1\n');
});

describe('the end of the program', () => {
  test.each([
    { args: ['exit', '7'], code: 7, state: 'failed', exit: { code: 7 }, reason: 'exit-code' },
    { args: ['exit', '0'], code: 0, state: 'stopped', exit: { code: 0 }, reason: undefined },
    { args: ['exit', '137'], code: 137, state: 'failed', exit: { code: 137 }, reason: 'exit-code' },
    {
      args: ['signal-self', 'KILL'],
      code: 137,
      state: 'failed',
      exit: { signal: 9, core: false },
      reason: 'signal',
    },
    {
      args: ['signal-self', 'TERM'],
      code: 143,
      state: 'stopped',
      exit: { signal: 15, core: false },
      reason: undefined,
    },
  ])('$args', async ({ args, code, state, exit, reason }) => {
    const container = start({ args: ['say', 'hello', ...args] });
    expect(await container.ended).toBe(code);
    expect(container.page()).toMatchObject({ state, exit, reason, restarts: 0, main: { pid: 0 } });
    expect(container.page().finishedMs).toBeGreaterThanOrEqual(container.page().startedMs);
    expect(container.output).toBe('hello\n');
    expect(existsSync(join(container.folder, 'control'))).toBe(false);
    expect(failure(container)).toBe('');
    expect(read(join(container.folder, 'state')).slice(4096)).toBe('{"spec":1}');
  });
});

test('environment, arguments, folder and PATH', async () => {
  const folder = prepare({
    program: 'probe-by-name',
    args: ['report', 'a b', ''],
    frames: [
      ['variable', 'OURS=1'],
      ['variable', 'IMAGE=replaced'],
      ['cwd', '/usr'],
    ],
  });
  copyFileSync(probe, join(folder, 'probe-by-name'));
  const container = new Container(folder, {
    env: { IMAGE: 'image', KEPT: 'yes', PATH: `/nowhere:${folder}:/usr/bin:/usr/sbin:/bin` },
  });
  expect(await container.ended).toBe(0);
  const lines = container.output.split('\n');
  expect(lines).toContain('cwd "/usr"');
  expect(lines.filter((line) => line.startsWith('arg '))).toEqual(['arg "a b"', 'arg ""']);
  const variables = lines.filter((line) => line.startsWith('env "'));
  expect(variables).toEqual(
    expect.arrayContaining(['env "OURS=1"', 'env "IMAGE=replaced"', 'env "KEPT=yes"']),
  );
  expect(variables.join()).not.toMatch(/DUENDE_RUN|NOTIFY|IMAGE=image/);
});

test('an engine that gives no standard streams does not get the state written over', async () => {
  const container = start({ args: ['say', 'lost', 'warn', 'lost', 'exit', '3'] }, { closed: true });
  expect(await container.ended).toBe(3);
  expect(container.page()).toMatchObject({ state: 'failed', exit: { code: 3 } });
  expect(read(join(container.folder, 'state'))).not.toContain('lost');
});

// Read by the shell itself: one that is just starting another program has blocked signals.
test('the program has only its three descriptors, no blocked signals, and a session of its own', async () => {
  const container = start({
    program: '/bin/sh',
    args: [
      '-c',
      'ls -l /proc/$$/fd; while IFS= read -r line; do echo "$line"; done < /proc/$$/status; echo all',
    ],
  });
  await container.says('all\n');
  expect(container.output.match(/^l.* -> /gm)).toHaveLength(3);
  expect(container.output).toMatch(/ 0 -> \/dev\/null/);
  expect(container.output).toMatch(/SigBlk:\t0+\n/);
  expect(container.output).toMatch(/SigIgn:\t0+\n/);
});

describe('restarts', () => {
  test('with backoff until the limit', async () => {
    const numbers = {
      ...always,
      restart_delay: 100,
      restart_factor_milli: 2000,
      restart_max_delay: 300,
      restart_max: 4,
    };
    const container = start({ args: ['run', 'exit', '3'], numbers });
    expect(await container.ended).toBe(3);
    const times = [...container.output.matchAll(/run \d+ (\d+)/g)].map((match) => Number(match[1]));
    expect(times).toHaveLength(5);
    for (const [i, least] of [100, 200, 300, 300].entries()) {
      const gap = (times[i + 1] as number) - (times[i] as number);
      expect(gap).toBeGreaterThanOrEqual(least - 1);
      expect(gap).toBeLessThan(least + 400);
    }
    expect(container.page()).toMatchObject({
      state: 'failed',
      reason: 'restart-limit',
      restarts: 4,
      exit: { code: 3 },
      lastExit: { code: 3 },
    });
  });

  test('a limit that was reached by successes is no success', async () => {
    const container = start({ args: ['exit', '0'], numbers: { ...always, restart_max: 2 } });
    expect(await container.ended).toBe(1);
    expect(container.page()).toMatchObject({ state: 'failed', reason: 'restart-limit', exit: { code: 0 } });
  });

  test('on failure only', async () => {
    const script = 'test -e "$WHERE/again" && exit 0; : > "$WHERE/again"; exit 5';
    const folder = prepare({ program: '/bin/sh', args: ['-c', script], numbers: { restart_policy: 1 } });
    const container = new Container(folder, { env: { WHERE: folder } });
    expect(await container.ended).toBe(0);
    expect(container.page()).toMatchObject({
      state: 'stopped',
      restarts: 1,
      exit: { code: 0 },
      lastExit: { code: 5 },
    });
  });

  test('thousands leave neither descriptors nor memory behind', async () => {
    const container = start({
      args: ['exit', '1'],
      numbers: { ...always, restart_delay: 1, notify: 0, capture_log: 1 },
    });
    const look = () => ({
      files: execFileSync('ls', [`/proc/${container.pid}/fd`], { encoding: 'utf8' })
        .trim()
        .split('\n').length,
      memory: Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${container.pid}/status`))?.[1]),
    });
    await container.until('some runs', () => container.page().restarts > 100);
    const before = look();
    await container.until('more runs', () => container.page().restarts > 2000, 25_000);
    const after = look();
    expect(after.files).toBeLessThanOrEqual(before.files + 1);
    expect(after.memory).toBeLessThanOrEqual(before.memory + 16);
  });
});

describe('stop', () => {
  test('by the control socket', async () => {
    const container = start({ args: ['graceful'], numbers: always });
    await container.says('ready');
    expect(await container.ask(`ping ${id}`)).toBe('ok');
    expect(await container.ask('ping other')).toBe('error not-found');
    expect(await container.ask(`stop ${id} 5000`)).toBe('ok');
    expect(await container.ended).toBe(0);
    expect(container.output).toContain('TERM');
    expect(container.page()).toMatchObject({ state: 'stopped', reason: undefined, exit: { code: 0 } });
  });

  test('kills what does not stop in time', async () => {
    const container = start({ args: ['ignore', 'TERM', 'say', 'up', 'park'], numbers: always });
    await container.says('up');
    const begin = performance.now();
    expect(await container.ask(`stop ${id} 200`)).toBe('ok');
    expect(await container.ended).toBe(137);
    expect(performance.now() - begin).toBeGreaterThan(195);
    expect(container.page()).toMatchObject({ state: 'stopped', exit: { signal: 9 } });
  });

  test('by the stop signal to PID 1, while every other is passed on', async () => {
    const container = start({ args: ['trap'], numbers: { ...always, stop_signal: 12, stop_timeout: 200 } });
    await container.says('ready');
    const { pid } = container;
    process.kill(pid, 'SIGTERM');
    await container.says('TERM');
    expect(container.page().state).toBe('running');
    process.kill(pid, 'SIGUSR2');
    expect(await container.ended).toBe(137);
    expect(container.output).toContain('USR2');
    expect(container.page()).toMatchObject({ state: 'stopped', restarts: 0 });
  });

  test('between two runs', async () => {
    const container = start({
      args: ['exit', '4'],
      numbers: { ...always, restart_delay: 60_000, restart_max_delay: 60_000 },
    });
    await container.until('a delay', () => container.page().restartAtMs > 0);
    process.kill(container.pid, 'SIGTERM');
    expect(await container.ended).toBe(4);
    expect(container.page()).toMatchObject({ state: 'stopped', exit: { code: 4 } });
  });

  test('also while the log is flooded', async () => {
    const container = start({
      program: '/bin/sh',
      args: ['-c', 'trap "" HUP; yes flood'],
      numbers: { ...always, capture_log: 1, log_max_size: 1 << 20, log_files: 1 },
    });
    await container.until('a flood', () => {
      const log = join(container.folder, 'log');
      return existsSync(log) && readdirSync(log).some((name) => Number(name) > 3);
    });
    const begin = performance.now();
    process.kill(container.pid, 'SIGTERM');
    expect(await container.ended).toBe(143);
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});

describe('signals', () => {
  test('all nine through the control socket', async () => {
    const container = start({ args: ['trap'], numbers: always });
    await container.says('ready');
    for (const name of ['TERM', 'INT', 'QUIT', 'HUP', 'USR1', 'USR2']) {
      expect(await container.ask(`signal ${id} ${name}`)).toBe('ok');
      await container.says(`${name}\n`);
    }
    expect(await container.ask(`signal ${id} STOP`)).toBe('ok');
    await container.inState('paused');
    expect(await container.ask(`signal ${id} CONT`)).toBe('ok');
    await container.inState('running');
    await container.says('CONT\n');
    expect(await container.ask(`signal ${id} KILL`)).toBe('ok');
    const page = await container.inState('running', 1);
    expect(page).toMatchObject({ restarts: 1, exit: { signal: 9 } });
    expect(await container.ask(`signal ${id} NOPE`)).toBe('error unknown-signal');
  });

  test('what the engine sends to PID 1', async () => {
    const container = start({ args: ['trap'], numbers: { stop_signal: 64 } });
    await container.says('ready');
    const { pid } = container;
    for (const name of ['TERM', 'INT', 'QUIT', 'HUP', 'USR1', 'USR2', 'CONT'] as const) {
      process.kill(pid, `SIG${name}`);
      await container.says(`${name}\n`);
    }
    process.kill(pid, 'SIGSEGV');
    await delay(50);
    expect(container.page().state).toBe('running');
  });

  test('real-time signals, also those that the C library keeps for itself', async () => {
    const script =
      'use Config; $| = 1; for my $n (34, 37, 64) { $SIG{(split " ", $Config{sig_name})[$n]} = sub { print "got $n\\n" } }' +
      ' print "ready\\n"; sleep 1 while 1;';
    const container = start({ program: '/usr/bin/perl', args: ['-e', script] });
    await container.says('ready');
    for (const number of [34, 37, 64]) {
      process.kill(container.pid, number);
      await container.says(`got ${number}\n`);
    }
  });
});

describe('what the program started', () => {
  test('goes with it', async () => {
    const container = start({ args: ['fork', 'park'], numbers: always });
    await container.says('forked 3');
    expect(container.inside().alive).toBe(4);
    expect(await container.ask(`signal ${id} KILL`)).toBe('ok');
    await container.until('the second run', () => container.output.split('forked 3').length === 3);
    expect(container.inside().alive).toBe(4);
    expect(await container.ask(`stop ${id} 1000`)).toBe('ok');
    expect(await container.ended).toBe(143);
  });

  test('is reaped, daemonised or not', async () => {
    const script = 'for i in 1 2 3 4 5; do (setsid sleep 0.5 &); done; exec sleep 600';
    const container = start({ program: '/bin/sh', args: ['-c', script] });
    await container.inState('running');
    await container.until('five orphans', () => container.inside().alive > 3);
    await container.until('none', () => container.inside().alive === 1);
    await delay(50);
    expect(container.inside()).toEqual({ alive: 1, zombies: 0 });
  });
});

describe('readiness', () => {
  const notify = { notify: 1 };
  test('by the pipe', async () => {
    const container = start({ args: ['say', 'up', 'ready-after', '300', 'park'], numbers: notify });
    await container.says('up');
    expect(container.page()).toMatchObject({ state: 'starting', ready: false });
    const { main } = container.page();
    expect(main.pid).toBeGreaterThan(1);
    expect(await container.inState('running')).toMatchObject({ ready: true, main, firstPid: main.pid });
  });

  test('by the socket, as another user than root', async () => {
    const container = start(
      {
        program: '/usr/bin/env',
        args: ['-u', 'DUENDE_NOTIFY_FD', probe, 'say', 'up', 'ready-after', '300', 'park'],
        numbers: notify,
      },
      { uid: 65_532 },
    );
    await container.says('up');
    expect(container.page()).toMatchObject({ state: 'starting', ready: false });
    expect(await container.inState('running')).toMatchObject({ ready: true });
  });

  test('not in time', async () => {
    const container = start({
      args: ['fork', 'park'],
      numbers: { ...always, notify: 1, start_timeout: 200 },
    });
    expect(await container.ended).toBe(137);
    expect(failure(container)).toBe('timeout 110 \n');
    expect(container.page()).toMatchObject({ state: 'failed', reason: 'start-timeout', restarts: 0 });
  });

  test('an end before it, with the last line where the log is ours', async () => {
    const numbers = { ...always, notify: 1, capture_log: 1 };
    const container = start({ args: ['warn', 'no such database', 'exit', '5'], numbers });
    expect(await container.ended).toBe(5);
    expect(failure(container)).toBe('exited-code 5 no such database\n');
    expect(container.page()).toMatchObject({ state: 'failed', reason: 'spawn', exit: { code: 5 } });
    const parts = start({
      args: [
        'warn',
        'first',
        'write',
        'in ',
        'sleep',
        '50',
        'write',
        'three',
        'sleep',
        '50',
        'say',
        ' parts',
        'exit',
        '6',
      ],
      numbers,
    });
    expect(await parts.ended).toBe(6);
    expect(failure(parts)).toBe('exited-code 6 in three parts\n');
    const killed = start({ args: ['signal-self', 'KILL'], numbers: { ...always, notify: 1 } });
    expect(await killed.ended).toBe(137);
    expect(failure(killed)).toBe('exited-signal 9 \n');
  });

  test('a later run that is not ready in time follows the restart policy', async () => {
    const script = 'test -e "$WHERE/again" && exec sleep 60; : > "$WHERE/again"; echo READY=1 >&3; sleep 0.1';
    const folder = prepare({
      program: '/bin/sh',
      args: ['-c', script],
      numbers: { ...always, notify: 1, start_timeout: 300, restart_max: 2 },
    });
    const container = new Container(folder, { env: { WHERE: folder } });
    expect(await container.ended).toBe(137);
    expect(failure(container)).toBe('');
    expect(container.page()).toMatchObject({ state: 'failed', reason: 'restart-limit', restarts: 2 });
  });
});

describe('a program that cannot be executed', () => {
  test.each([
    { what: 'ENOENT', program: '/nowhere/at-all', line: 'exec 2 \n', code: 127 },
    { what: 'ENOENT by name', program: 'duende-no-such-program', line: 'exec 2 \n', code: 127 },
    { what: 'EACCES', program: '/etc/passwd', line: 'exec 13 \n', code: 126 },
    { what: 'a bad folder', program: probe, cwd: '/nowhere', line: 'cwd 2 \n', code: 126 },
  ])('$what', async ({ program, cwd, line, code }) => {
    const container = start({
      program,
      numbers: always,
      frames: cwd ? [['cwd', cwd]] : [['variable', 'PATH=/usr/bin:/bin']],
    });
    expect(await container.ended).toBe(code);
    expect(failure(container)).toBe(line);
    expect(container.page()).toMatchObject({
      state: 'failed',
      reason: 'spawn',
      restarts: 0,
      exit: undefined,
    });
  });

  test('ENOEXEC', async () => {
    const folder = prepare({ program: './text' });
    writeFileSync(join(folder, 'text'), 'echo no\n', { mode: 0o755 });
    const container = new Container(folder);
    await container.ended;
    expect(failure(container)).toBe('exec 2 \n'); // relative to where the engine starts it, not to our folder
    const other = prepare({ program: join(folder, 'text') });
    const second = new Container(other);
    expect(await second.ended).toBe(126);
    expect(failure(second)).toBe('exec 8 \n');
  });

  test('in a later run: the page says so, and the restart policy goes on', async () => {
    const folder = prepare({ program: '/bin/sh', numbers: always });
    const copy = join(folder, 'copy');
    copyFileSync(probe, copy);
    chmodSync(copy, 0o755);
    const target = prepare({
      program: copy,
      args: ['say', 'up', 'park'],
      numbers: { ...always, restart_max: 20 },
    });
    const container = new Container(target);
    await container.says('up');
    rmSync(copy);
    expect(await container.ask(`signal ${id} KILL`)).toBe('ok');
    expect(await container.ended).toBe(127);
    expect(failure(container)).toBe('');
    expect(container.page()).toMatchObject({
      state: 'failed',
      reason: 'restart-limit',
      restarts: 20,
      message: 'could not be started: exec: No such file or directory',
    });
  });

  test('no configuration, or one that is cut off', async () => {
    const folder = prepare({});
    rmSync(join(folder, 'config'));
    const container = new Container(folder);
    expect(await container.ended).toBe(126);
    expect(failure(container)).toBe('config 2 \n');
    expect(container.page()).toMatchObject({ state: 'failed', reason: 'spawn', id });
    const cut = prepare({ args: ['park'] });
    writeFileSync(join(cut, 'config'), read(join(cut, 'config')).slice(0, -9), 'latin1');
    const second = new Container(cut);
    expect(await second.ended).toBe(126);
    expect(failure(second)).toBe('config 71 \n');
    const blind = start({ args: ['park'], numbers: { health_type: 3, health_port: 1 } });
    expect(await blind.ended).toBe(126);
    expect(failure(blind)).toBe('config 22 \n');
  });
});

describe('the OOM killer', () => {
  const [, group = '/'] = /^\d+:memory:(.*)$/m.exec(read('/proc/self/cgroup')) ?? [];
  const [, unified = '/'] = /^0::(.*)$/m.exec(read('/proc/self/cgroup')) ?? [];
  const v1 = (count: number) => `oom_kill_disable 0\nunder_oom 0\noom_kill ${count}\n`;
  const v2 = (count: number) => `low 0\nmax 7\noom 3\noom_kill ${count}\noom_group_kill 9\n`;
  const below = `memory${group}/memory.oom_control`;

  test.each([
    { what: 'cgroup v1', files: { 'memory/memory.oom_control': v1(3) }, changed: [v1(4)], reason: 'oom' },
    { what: 'cgroup v2', files: { 'memory.events': v2(0) }, changed: [v2(1)], reason: 'oom' },
    { what: 'both', files: { 'unified/memory.events': v2(10) }, changed: [v2(11)], reason: 'oom' },
    { what: 'a group below v1', files: { [below]: v1(0) }, changed: [v1(1)], reason: 'oom' },
    { what: 'below v2', files: { [`${unified}/memory.events`]: v2(0) }, changed: [v2(1)], reason: 'oom' },
    {
      what: 'another count',
      files: { 'memory.events': v2(1) },
      changed: [`max 9\n${v2(1)}`],
      reason: 'signal',
    },
    { what: 'nothing to read', files: { other: '' }, changed: [v2(1)], reason: 'signal' },
  ])('$what', async ({ files, changed, reason }) => {
    const [[file]] = Object.entries(files) as [[string, string]];
    const folder = prepare({
      program: '/bin/sh',
      args: ['-c', `printf %s "$CHANGED" > "/sys/fs/cgroup/${file}"; kill -9 $$`],
      frames: [['variable', `CHANGED=${changed[0]}`]],
    });
    const cgroup = join(folder, 'cgroup');
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(cgroup, name, '..'), { recursive: true });
      writeFileSync(join(cgroup, name), text);
    }
    const container = new Container(folder, { cgroup });
    expect(await container.ended).toBe(137);
    expect(read(join(cgroup, file))).toBe(changed[0]);
    expect(container.page()).toMatchObject({ state: 'failed', reason, exit: { signal: 9 } });
  });
});

describe('health', () => {
  const numbers = {
    ...always,
    health_interval: 50,
    health_timeout: 500,
    health_retries: 2,
    health_start_period: 0,
  };
  const port = 20_000 + (process.pid % 10_000);

  test.each([
    { kind: 'tcp', type: 3, frames: [] as const },
    { kind: 'http', type: 2, frames: [['healthRequest', 'GET / HTTP/1.0\r\n\r\n']] as const },
  ])('$kind', async ({ kind, type, frames }) => {
    const container = start({
      args: [kind, String(port + type)],
      numbers: { ...numbers, health_type: type, health_port: port + type },
      frames: [['healthHost', '127.0.0.1'], ...frames],
    });
    await container.until('healthy', () => container.page().health === 'healthy');
    expect(await container.ask(`signal ${id} USR1`)).toBe('ok');
    await container.until('a restart', () => container.page().restarts === 1);
    await container.until('healthy again', () => container.page().health === 'healthy');
    expect(container.page()).toMatchObject({ exit: { signal: 15 } });
  });

  test('a command, whose failure ends in watchdog', async () => {
    const folder = prepare({
      args: ['say', 'up', 'ignore', 'TERM', 'park'],
      numbers: { ...numbers, restart_policy: 0, health_type: 1, stop_timeout: 100 },
      frames: [
        ['healthArgument', 'sh'],
        ['healthArgument', '-c'],
        ['healthArgument', 'test ! -e "$WHERE/unhealthy"'],
      ],
    });
    const flag = join(folder, 'unhealthy');
    const container = new Container(folder, { env: { WHERE: folder } });
    await container.until('healthy', () => container.page().health === 'healthy');
    writeFileSync(flag, '');
    expect(await container.ended).toBe(137);
    expect(container.page()).toMatchObject({ state: 'failed', reason: 'watchdog', health: 'unhealthy' });
  });
});

describe('an engine that starts the container again', () => {
  test('goes on with the count and knows the last exit', async () => {
    const folder = prepare({ args: ['run', 'sleep', '50', 'exit', '3'], numbers: { restart_policy: 0 } });
    const first = new Container(folder);
    expect(await first.ended).toBe(3);
    const { firstPid } = first.page();
    const second = new Container(folder);
    const page = await second.inState('running', 1);
    expect(page).toMatchObject({ restarts: 1, exit: { code: 3 }, finishedMs: 0, firstPid });
    expect(await second.ended).toBe(3);
    expect(second.page()).toMatchObject({ restarts: 1, exit: { code: 3 }, lastExit: { code: 3 } });
  });

  test('after a power cut the exit is not known', async () => {
    const folder = prepare({ args: ['say', 'up', 'park'], numbers: always });
    const first = new Container(folder);
    await first.inState('running');
    expect(await first.ask(`signal ${id} KILL`)).toBe('ok');
    await first.inState('running', 1);
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    expect(first.page().state).toBe('running');
    const second = new Container(folder);
    expect(await second.inState('running', 2)).toMatchObject({
      restarts: 2,
      exit: undefined,
      lastExit: { signal: 9 },
    });
    // The socket of the run that was cut off is replaced.
    expect(await second.ask(`ping ${id}`)).toBe('ok');
  });

  test('and a program that has gone is a matter of the restart policy then', async () => {
    const folder = prepare({ args: ['exit', '0'], numbers: { restart_policy: 0 } });
    await new Container(folder).ended;
    const config = read(join(folder, 'config')).replaceAll(probe, probe.replace(/.$/, '_'));
    writeFileSync(join(folder, 'config'), config, 'latin1');
    const second = new Container(folder);
    expect(await second.ended).toBe(127);
    expect(second.page()).toMatchObject({ state: 'failed', reason: 'spawn', restarts: 1, exit: { code: 0 } });
    expect(failure(second)).toBe('');
  });
});
