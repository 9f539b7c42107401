import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { machine, shell, text, yes } from './harness.ts';

describe('domains', () => {
  test('an unknown one is 112, no specifier at all 64', async () => {
    const mac = await machine({ style: '13' });
    expect(await mac.ctl('print', 'gui/502/web')).toEqual({
      code: 112,
      out: '',
      err: 'Could not find domain for user gui: 502\n',
    });
    expect(await mac.ctl('print', 'gui/501/web')).toEqual({
      code: 113,
      out: '',
      err: 'Could not find service "web" in domain for user gui: 501\n',
    });
    const path = mac.plist(shell('true'));
    expect((await mac.ctl('bootstrap', 'web', path)).code).toBe(64);
    expect((await mac.ctl('bootstrap', 'gui/501/web', path)).code).toBe(64);
    expect(mac.violations().map(({ rule }) => rule)).toEqual(['bad-usage', 'bad-usage']);
  });

  test('without a login at the screen there is no gui domain: 112, and 125 for bootstrap', async () => {
    const mac = await machine({ gui: false });
    expect((await mac.ctl('print', 'gui/501')).code).toBe(112);
    const result = await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('true')));
    expect(result).toMatchObject({
      code: 125,
      err: 'Bootstrap failed: 125: Domain does not support specified action\n',
    });
  });

  test('the user domain takes only what is for Background sessions: 134', async () => {
    const mac = await machine();
    const path = mac.plist(shell('true'));
    expect(await mac.ctl('bootstrap', 'user/501', path)).toMatchObject({
      code: 134,
      err: 'Bootstrap failed: 134: Service cannot load in requested session\n',
    });
    mac.plist(
      `${shell('true')}<key>LimitLoadToSessionType</key><array><string>Aqua</string><string>Background</string></array>`,
    );
    expect((await mac.ctl('bootstrap', 'user/501', path)).code).toBe(0);
    expect((await mac.ctl('print', 'user/501/web')).out).toContain('\tdomain = user/501\n');
    mac.plist(shell('true', 'bg') + text('LimitLoadToSessionType', 'Background'));
    expect((await mac.ctl('bootstrap', 'gui/501', path)).code).toBe(134);
  });

  test('the system domain is for root', async () => {
    const mac = await machine();
    const path = mac.plist(shell('sleep 60'), join(mac.launchDaemons, 'web.plist'));
    expect((await mac.ctl('bootstrap', 'system', path)).code).toBe(5);
    expect((await mac.sudo('bootstrap', 'system', path)).code).toBe(0);
    expect(await mac.ctl('kickstart', 'system/web')).toMatchObject({
      code: 1,
      err: 'Could not kickstart service "web": 1: Operation not permitted\n',
    });
    expect((await mac.ctl('kill', 'TERM', 'system/web')).err).toBe('Not privileged to signal service.\n');
    expect((await mac.sudo('kickstart', 'system/web')).code).toBe(0);
    expect((await mac.sudo('list')).out).toMatch(/\tweb\n/);
    expect((await mac.ctl('list')).out).toBe('PID\tStatus\tLabel\n');
  });
});

describe('disabled', () => {
  test('outlives bootout, is refused with 119, and is undone by enable', async () => {
    const mac = await machine();
    const path = mac.plist(shell('true'));
    expect((await mac.ctl('disable', 'gui/501/web')).code).toBe(0);
    expect(await mac.ctl('bootstrap', 'gui/501', path)).toMatchObject({
      code: 119,
      err: 'Bootstrap failed: 119: Service is disabled\n',
    });
    expect((await mac.ctl('print-disabled', 'gui/501')).out).toBe(
      '\tdisabled services = {\n\t\t"web" => disabled\n\t}\n',
    );
    expect((await mac.ctl('print-disabled', 'user/501')).out).toContain('"web" => disabled');
    expect((await mac.ctl('enable', 'gui/501/web')).code).toBe(0);
    expect((await mac.ctl('bootstrap', 'gui/501', path)).code).toBe(0);
    expect((await mac.ctl('print-disabled', 'gui/501')).out).toContain('"web" => enabled');
  });

  test('the key Disabled is the default', async () => {
    const mac = await machine({ style: '11' });
    const path = mac.plist(shell('true') + yes('Disabled'));
    expect((await mac.ctl('bootstrap', 'gui/501', path)).code).toBe(119);
    await mac.ctl('enable', 'gui/501/web');
    expect((await mac.ctl('bootstrap', 'gui/501', path)).code).toBe(0);
    expect((await mac.ctl('print-disabled', 'gui/501')).out).toBe(
      'disabled services = {\n\t"web" => false\n}\n',
    );
  });
});
