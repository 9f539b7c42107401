import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSignal } from '../src/signals.ts';
import { isAlive, machine, number, shell, until, yes } from './harness.ts';

describe('kickstart', () => {
  test('starts a job and prints the PID', async () => {
    const mac = await machine();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('sleep 60')));
    const result = await mac.ctl('kickstart', '-p', 'gui/501/web');
    expect(result.code).toBe(0);
    expect(result.out).toMatch(/^\d+\n$/);
    expect(isAlive(Number(result.out))).toBe(true);
    expect(await mac.key('immediate reason')).toBe('non-ipc demand');
    expect((await mac.ctl('kickstart', '-p', 'gui/501/web')).out).toBe(result.out);
    expect((await mac.ctl('blame', 'gui/501/web')).out).toBe('non-ipc demand\n');
  });

  test('of what runs, style 11: 37 without a word', async () => {
    const mac = await machine({ style: '11' });
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('sleep 60') + yes('RunAtLoad')));
    expect(await mac.ctl('kickstart', '-p', 'gui/501/web')).toEqual({ code: 37, out: '', err: '' });
  });

  test('-k kills at once, and the throttle holds for it', async () => {
    const mac = await machine();
    await mac.ctl(
      'bootstrap',
      'gui/501',
      mac.plist(shell('trap "" TERM; sleep 60 &amp; wait') + number('ThrottleInterval', 30)),
    );
    const begin = Date.now();
    const first = Number((await mac.ctl('kickstart', '-p', 'gui/501/web')).out);
    const second = Number((await mac.ctl('kickstart', '-kp', 'gui/501/web')).out);
    expect(Date.now() - begin).toBeGreaterThan(2900);
    expect(second).not.toBe(first);
    expect(isAlive(first)).toBe(false);
    expect(await mac.key('runs')).toBe('2');
    expect(await mac.key('last terminating signal')).toBe('Killed: 9');
    expect((await mac.ctl('list', 'web')).out).toContain('\t"LastExitStatus" = 9;\n');
  });

  test('that waits for the throttle ends with its job', async () => {
    const mac = await machine();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('true') + number('ThrottleInterval', 600)));
    await mac.ctl('kickstart', 'gui/501/web');
    await until(async () => (await mac.key('state')) === 'not running');
    const waiting = mac.ctl('kickstart', '-p', 'gui/501/web');
    await until(async () => (await mac.key('state')) === 'spawn scheduled');
    await mac.ctl('bootout', 'gui/501/web');
    expect((await waiting).code).toBe(3);
  });

  test('of an unknown service is 113', async () => {
    const mac = await machine();
    expect(await mac.ctl('kickstart', 'gui/501/web')).toMatchObject({
      code: 113,
      err: 'Bad request.\nCould not find service "web" in domain for user gui: 501\n',
    });
  });
});

describe('kill', () => {
  test('by name, with and without SIG, in any case', async () => {
    const mac = await machine();
    const script = 'trap "exit 7" USR1; trap "exit 8" HUP; ready; while :; do sleep 0.02; done';
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell(script) + number('ThrottleInterval', 0)));
    for (const [name, code] of [
      ['SIGUSR1', '7'],
      ['usr1', '7'],
      ['HUP', '8'],
    ] as const) {
      rmSync(join(mac.root, 'tmp/ready'), { force: true });
      await mac.ctl('kickstart', 'gui/501/web');
      await mac.ready();
      expect(await mac.ctl('kill', name, 'gui/501/web')).toEqual({ code: 0, out: '', err: '' });
      await until(
        async () => (await mac.key('last exit code')) === code && (await mac.key('pid')) === undefined,
      );
    }
    expect(mac.violations()).toEqual([]);
  });

  test('the job itself, not its group', async () => {
    const mac = await machine();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('sleep 60 &amp; wait') + yes('RunAtLoad')));
    const pid = Number(await until(() => mac.key('pid')));
    await mac.ctl('kill', 'STOP', 'gui/501/web');
    expect(await mac.key('state')).toBe('running');
    await mac.ctl('kill', 'CONT', 'gui/501/web');
    expect(isAlive(pid)).toBe(true);
  });

  test('numbers are those of macOS, and a violation', async () => {
    const mac = await machine();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('sleep 60') + yes('RunAtLoad')));
    await until(async () => (await mac.key('state')) === 'running');
    expect((await mac.ctl('kill', '30', 'gui/501/web')).code).toBe(0);
    await until(async () => (await mac.key('last terminating signal')) === 'User defined signal 1: 30');
    expect((await mac.ctl('list')).out).toContain('-\t-30\tweb\n');
    expect(mac.violations()).toEqual([
      {
        rule: 'numeric-signal',
        detail: '30: signals are passed by name',
        arguments: ['kill', '30', 'gui/501/web'],
      },
    ]);
  });

  test('without a process: 3', async () => {
    const mac = await machine();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('true')));
    expect(await mac.ctl('kill', 'SIGTERM', 'gui/501/web')).toEqual({
      code: 3,
      out: '',
      err: 'No process to signal.\n',
    });
    expect((await mac.ctl('kill', 'SIGTERM', 'gui/501/other')).code).toBe(113);
    expect(await mac.ctl('kill', 'SIGNONE', 'gui/501/web')).toMatchObject({
      code: 64,
      err: 'Invalid signal.\n',
    });
  });

  test('what an argument means', () => {
    expect(parseSignal('SIGSTOP')).toEqual({ number: 17, numeric: false });
    expect(parseSignal('-cont')).toEqual({ number: 19, numeric: false });
    expect(parseSignal('31')).toEqual({ number: 31, numeric: true });
    // Below 2 it is looked up as a name.
    expect(parseSignal('1')).toBeUndefined();
    expect(parseSignal('99')).toBeUndefined();
  });
});
