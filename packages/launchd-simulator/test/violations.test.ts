import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { machine, number, shell, text, yes } from './harness.ts';

const stubborn = 'trap "" TERM; ready; sleep 60 &amp; while :; do wait; done';

describe('violations', () => {
  test('a loop of bootstraps during a drain, not one with pauses', async () => {
    const mac = await machine();
    const path = mac.plist(shell(stubborn) + yes('RunAtLoad') + number('ExitTimeOut', 0));
    await mac.ctl('bootstrap', 'gui/501', path);
    await mac.ready();
    await mac.ctl('bootout', 'gui/501/web');
    for (let round = 0; round < 12; round += 1) {
      await mac.ctl('bootstrap', 'gui/501', path);
      await delay(110);
    }
    expect(mac.violations()).toEqual([]);
    await Promise.all(Array.from({ length: 20 }, () => mac.ask('bootstrap', 'gui/501', path)));
    expect(mac.violations().map(({ rule }) => rule)).toEqual(['bootstrap-during-drain']);
  });

  test('load and unload: the deprecation, and code 0 whatever happens', async () => {
    const mac = await machine();
    const path = mac.plist(shell('true'));
    expect(await mac.ctl('load', '-w', path)).toEqual({ code: 0, out: '', err: '' });
    const again = await mac.ctl('load', path);
    expect(again.code).toBe(0);
    expect(again.err).toContain('Load failed: 5: Input/output error');
    expect((await mac.ctl('unload', path)).code).toBe(0);
    expect((await mac.ctl('print', 'gui/501/web')).code).toBe(113);
    expect((await mac.ctl('unload', path)).err).toContain('Unload failed: 5');
    expect(mac.violations().map(({ rule }) => rule)).toEqual(Array(4).fill('legacy-subcommand'));
  });

  test('a key that launchd ignores, and the end of a whole domain', async () => {
    const mac = await machine();
    await mac.ctl(
      'bootstrap',
      'gui/501',
      mac.plist(shell('true') + text('Colour', 'red') + text('UserName', 'daemon')),
    );
    await mac.ctl('bootout', 'gui/501');
    expect(mac.violations().map(({ rule }) => rule)).toEqual([
      'ignored-key',
      'ignored-key',
      'bootout-of-domain',
    ]);
  });
});
