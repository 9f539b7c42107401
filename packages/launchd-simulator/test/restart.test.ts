import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { dict, machine, number, shell, text, until, yes } from './harness.ts';

/** One line a run. */
const counting = (log: string, script: string): string => `echo run &gt;&gt; ${log}; ${script}`;
const runs = (log: string): number =>
  existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').length : 0;

describe('running again', () => {
  test('not before the throttle allows, ten seconds by default, without an end', async () => {
    const mac = await machine({ second: 200 });
    const log = join(mac.root, 'runs');
    const begin = Date.now();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell(counting(log, 'exit 5')) + yes('KeepAlive')));
    await until(async () => (await mac.key('state')) === 'spawn scheduled');
    expect(await mac.key('last exit code')).toBe('5');
    expect(await mac.key('minimum runtime')).toBe('10');
    await until(() => runs(log) === 3);
    expect(Date.now() - begin).toBeGreaterThan(3900);
  });

  test('a run longer than the throttle is followed at once; ThrottleInterval may be below ten', async () => {
    const mac = await machine();
    const log = join(mac.root, 'runs');
    const keys = shell(counting(log, 'sleep 0.4')) + yes('KeepAlive') + number('ThrottleInterval', 2);
    await mac.ctl('bootstrap', 'gui/501', mac.plist(keys));
    await until(() => runs(log) >= 2);
    await until(async () => (await mac.key('immediate reason')) === 'semaphore');
  });

  test('kickstart waits for the throttle', async () => {
    const mac = await machine();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('exit 0') + number('ThrottleInterval', 20)));
    const begin = Date.now();
    await mac.ctl('kickstart', 'gui/501/web');
    await until(async () => (await mac.key('state')) === 'not running');
    await mac.ctl('kickstart', 'gui/501/web');
    expect(Date.now() - begin).toBeGreaterThan(1900);
  });

  test('SuccessfulExit implies RunAtLoad', async () => {
    const mac = await machine();
    const keys = shell('exit 0') + dict('KeepAlive', '<key>SuccessfulExit</key><false/>');
    await mac.ctl('bootstrap', 'gui/501', mac.plist(keys));
    await until(async () => (await mac.key('last exit code')) === '0');
    expect(await mac.key('state')).toBe('not running');
    const { out } = await mac.ctl('print', 'gui/501/web');
    expect(out).toContain('\tsemaphores = {\n\t\tsuccessful exit => 0\n\t}\n');
    expect(out).not.toContain('keepalive |');
  });

  test('a spawn failure is tried again', async () => {
    const mac = await machine();
    const keys =
      text('Label', 'web') + text('Program', '/nowhere') + yes('KeepAlive') + number('ThrottleInterval', 1);
    await mac.ctl('bootstrap', 'gui/501', mac.plist(keys));
    await until(async () => Number(await mac.key('runs')) >= 3);
    expect(await mac.key('last exit code')).toBe('78: EX_CONFIG');
    expect(await mac.key('job state')).toBe('spawn failed');
    expect((await mac.ctl('list', 'web')).out).toContain(`"LastExitStatus" = ${78 * 256};`);
  });

  test('crashes are counted and named', async () => {
    const mac = await machine();
    const keys = shell('kill -SEGV $$') + dict('KeepAlive', yes('Crashed')) + number('ThrottleInterval', 1);
    await mac.ctl('bootstrap', 'gui/501', mac.plist(keys));
    await until(async () => Number(await mac.key('successive crashes')) >= 2);
    expect(await mac.key('last terminating signal')).toBe('Segmentation fault: 11');
    expect(await mac.key('last exit code')).toBeUndefined();
  });

  test('PathState starts and restarts while the path is there', async () => {
    const mac = await machine();
    const flag = join(mac.root, 'flag');
    const keys = shell('sleep 60') + dict('KeepAlive', dict('PathState', `<key>${flag}</key><true/>`));
    await mac.ctl('bootstrap', 'gui/501', mac.plist(keys + number('ThrottleInterval', 1)));
    await delay(200);
    expect(await mac.key('state')).toBe('not running');
    writeFileSync(flag, '');
    await until(async () => (await mac.key('state')) === 'running');
    rmSync(flag);
    await mac.ctl('kill', 'TERM', 'gui/501/web');
    await until(async () => (await mac.key('state')) === 'not running');
    await delay(200);
    expect(await mac.key('runs')).toBe('1');
  });

  test('OtherJobEnabled follows another job', async () => {
    const mac = await machine();
    const keys = shell('sleep 60') + dict('KeepAlive', dict('OtherJobEnabled', '<key>other</key><true/>'));
    await mac.ctl('bootstrap', 'gui/501', mac.plist(keys));
    expect(await mac.key('state')).toBe('not running');
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('true', 'other')));
    await until(async () => (await mac.key('state')) === 'running');
  });

  test('LaunchOnlyOnce is never restarted; AfterInitialDemand only after the first start', async () => {
    const mac = await machine();
    await mac.ctl(
      'bootstrap',
      'gui/501',
      mac.plist(shell('exit 0') + yes('KeepAlive') + yes('LaunchOnlyOnce')),
    );
    await until(async () => (await mac.key('last exit code')) === '0');
    expect(await mac.key('state')).toBe('not running');
    const after = dict('KeepAlive', `<key>SuccessfulExit</key><true/>${yes('AfterInitialDemand')}`);
    await mac.ctl(
      'bootstrap',
      'gui/501',
      mac.plist(shell('exit 0', 'later') + after + number('ThrottleInterval', 1)),
    );
    await delay(200);
    expect(await mac.key('runs', 'later')).toBe('0');
    await mac.ctl('kickstart', 'gui/501/later');
    await until(async () => Number(await mac.key('runs', 'later')) > 1);
  });
});
