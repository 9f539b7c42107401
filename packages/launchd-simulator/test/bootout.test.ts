import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isAlive, machine, number, shell, text, until, yes } from './harness.ts';

const stubborn = 'trap "" TERM; ready; sleep 60 &amp; while :; do wait; done';

describe('bootout', () => {
  test.each(['11', '13', '15'] as const)('answers while the job drains, style %s', async (style) => {
    const mac = await machine({ style });
    const path = mac.plist(shell(stubborn) + yes('KeepAlive') + number('ExitTimeOut', 0));
    await mac.ctl('bootstrap', 'gui/501', path);
    const pid = Number(await until(() => mac.key('pid')));
    await mac.ready();
    const result = await mac.ctl('bootout', 'gui/501/web');
    // macOS 11's launchctl says that it is under way.
    if (style === '11')
      expect(result).toMatchObject({ code: 36, err: 'Boot-out failed: 36: Operation now in progress\n' });
    else expect(result).toEqual({ code: 0, out: '', err: '' });
    expect(await mac.key('state')).toBe('SIGTERMed');
    expect(isAlive(pid)).toBe(true);
    const early = await mac.ctl('bootstrap', 'gui/501', path);
    expect(early.code).toBe(style === '15' ? 5 : 37);
    expect((await mac.ctl('kickstart', 'gui/501/web')).code).toBe(37);
    expect((await mac.ctl('bootout', 'gui/501/web')).code).toBe(37);
    await mac.ctl('kill', 'KILL', 'gui/501/web');
    await until(async () => (await mac.ctl('print', 'gui/501/web')).code === 113);
    expect(isAlive(pid)).toBe(false);
    expect((await mac.ctl('bootstrap', 'gui/501', path)).code).toBe(0);
    expect(mac.violations()).toEqual([]);
  });

  test('SIGKILL after ExitTimeOut', async () => {
    const mac = await machine();
    await mac.ctl(
      'bootstrap',
      'gui/501',
      mac.plist(shell(stubborn) + yes('RunAtLoad') + number('ExitTimeOut', 10)),
    );
    const pid = Number(await until(() => mac.key('pid')));
    await mac.ready();
    const begin = Date.now();
    await mac.ctl('bootout', 'gui/501/web');
    await until(async () => (await mac.ctl('print', 'gui/501/web')).code === 113);
    expect(Date.now() - begin).toBeGreaterThan(900);
    expect(isAlive(pid)).toBe(false);
  });

  test('ExitTimeOut 0 is forever', async () => {
    const mac = await machine();
    await mac.ctl(
      'bootstrap',
      'gui/501',
      mac.plist(shell(stubborn) + yes('RunAtLoad') + number('ExitTimeOut', 0)),
    );
    const pid = Number(await until(() => mac.key('pid')));
    await mac.ready();
    await mac.ctl('bootout', 'gui/501/web');
    await delay(1000);
    expect(await mac.key('state')).toBe('SIGTERMed');
    expect(isAlive(pid)).toBe(true);
    expect((await mac.ctl('kill', 'SIGKILL', 'gui/501/web')).code).toBe(0);
    await until(async () => (await mac.ctl('print', 'gui/501/web')).code === 113);
  });

  test('of none is 3; of one that does not run it is gone at once; by its plist too', async () => {
    const mac = await machine();
    expect(await mac.ctl('bootout', 'gui/501/web')).toEqual({
      code: 3,
      out: '',
      err: 'Boot-out failed: 3: No such process\n',
    });
    const path = mac.plist(shell('true'));
    await mac.ctl('bootstrap', 'gui/501', path);
    expect((await mac.ctl('bootout', 'gui/501', path)).code).toBe(0);
    expect((await mac.ctl('print', 'gui/501/web')).code).toBe(113);
    expect((await mac.ctl('bootout', '--wait', 'gui/501/web')).code).toBe(64);
  });

  test.each([false, true])('the process group gets SIGTERM, AbandonProcessGroup %s', async (abandon) => {
    const mac = await machine();
    const log = join(mac.root, 'out');
    const script = '(trap "" TERM; exec sleep 61) &amp; echo $!; sleep 60 &amp; echo $!; exec sleep 62';
    const keys = shell(script) + yes('RunAtLoad') + text('StandardOutPath', log);
    await mac.ctl('bootstrap', 'gui/501', mac.plist(keys + (abandon ? yes('AbandonProcessGroup') : '')));
    const [deaf = 0, sleep = 0] = await until(() => {
      const lines = readFileSync(log, { encoding: 'utf8', flag: 'a+' }).trim().split('\n').map(Number);
      return lines.length === 2 ? lines : undefined;
    });
    await delay(200);
    await mac.ctl('bootout', 'gui/501/web');
    await until(async () => (await mac.ctl('print', 'gui/501/web')).code === 113);
    // SIGTERM can be ignored: launchd does not clean up with force.
    if (!abandon) await until(() => !isAlive(sleep));
    expect([isAlive(deaf), isAlive(sleep)]).toEqual([true, abandon]);
    for (const pid of [deaf, sleep]) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
});
