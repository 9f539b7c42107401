import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { document, isAlive, machine, number, shell, text, until, yes } from './harness.ts';

describe('bootstrap', () => {
  test('loads a job without running it, and runs one with RunAtLoad', async () => {
    const mac = await machine();
    expect(await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('sleep 60')))).toEqual({
      code: 0,
      out: '',
      err: '',
    });
    expect(await mac.key('state')).toBe('not running');
    expect(await mac.key('runs')).toBe('0');
    expect(await mac.key('last exit code')).toBe('(never exited)');
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('sleep 60', 'other') + yes('RunAtLoad')));
    await until(async () => (await mac.key('state', 'other')) === 'running');
    expect(isAlive(Number(await mac.key('pid', 'other')))).toBe(true);
    expect(mac.violations()).toEqual([]);
  });

  test('succeeds although the program does not exist', async () => {
    const mac = await machine();
    const keys = `${text('Label', 'web')}${text('Program', '/nowhere/at all')}${yes('RunAtLoad')}`;
    expect((await mac.ctl('bootstrap', 'gui/501', mac.plist(keys))).code).toBe(0);
    await until(async () => (await mac.key('last exit code')) === '78: EX_CONFIG');
    expect(await mac.key('job state')).toBe('spawn failed');
    expect(await mac.key('state')).toBe('not running');
  });

  test.each([
    ['no XML', 'nonsense', 109],
    ['an unescaped ampersand', document(shell('a & b')), 109],
    ['a wrong type', document(shell('true') + text('RunAtLoad', 'yes')), 109],
    ['no dictionary', '<plist version="1.0"><array/></plist>', 109],
    ['no label', document(text('Program', '/bin/true')), 110],
    ['no program', document(text('Label', 'web')), 111],
  ])('refuses a plist: %s', async (_, content, code) => {
    const mac = await machine();
    const path = join(mac.launchAgents, 'web.plist');
    writeFileSync(path, content);
    const result = await mac.ctl('bootstrap', 'gui/501', path);
    expect(result.code).toBe(code);
    expect(result.err).toMatch(new RegExp(`^Bootstrap failed: ${code}: Invalid`));
    expect((await mac.ctl('print', 'gui/501/web')).code).toBe(113);
  });

  test('refuses a plist that others may write, or that belongs to another', async () => {
    const mac = await machine();
    const path = mac.plist(shell('true'));
    for (const mode of [0o664, 0o646]) {
      chmodSync(path, mode);
      expect((await mac.ctl('bootstrap', 'gui/501', path)).err).toBe(
        'Bootstrap failed: 122: Path had bad ownership/permissions\n',
      );
    }
    chmodSync(path, 0o600);
    if (process.getuid?.() === 0) {
      chownSync(path, 1234, 1234);
      expect((await mac.ctl('bootstrap', 'gui/501', path)).code).toBe(122);
      chownSync(path, 0, 0);
    }
    expect((await mac.ctl('bootstrap', 'gui/501', path)).code).toBe(0);
  });

  test.each([
    ['11', 37],
    ['13', 5],
    ['15', 5],
  ] as const)('of what is loaded, style %s: %i', async (style, code) => {
    const mac = await machine({ style });
    const path = mac.plist(shell('true'));
    expect((await mac.ctl('bootstrap', 'gui/501', path)).code).toBe(0);
    const again = await mac.ctl('bootstrap', 'gui/501', path);
    expect(again.code).toBe(code);
    expect(again.err).toContain(`Bootstrap failed: ${code}: `);
    expect(again.err.includes('Try re-running the command as root')).toBe(code === 5);
  });

  test('does not read the file again', async () => {
    const mac = await machine();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('true') + number('ThrottleInterval', 1)));
    mac.plist(shell('true') + number('ThrottleInterval', 60));
    await mac.ctl('kickstart', '-k', 'gui/501/web');
    expect(await mac.key('minimum runtime')).toBe('1');
  });

  test('refuses a log path that cannot be', async () => {
    const mac = await machine();
    mkdirSync(join(mac.root, 'folder'));
    writeFileSync(join(mac.root, 'file'), '');
    for (const path of [join(mac.root, 'folder'), join(mac.root, 'file/log')]) {
      const result = await mac.ctl(
        'bootstrap',
        'gui/501',
        mac.plist(shell('true') + text('StandardOutPath', path)),
      );
      expect(result.code).toBe(5);
    }
  });

  test('a folder stands for its plists, relative paths for those below the working folder', async () => {
    const mac = await machine();
    mac.plist(shell('true', 'a'), join(mac.launchAgents, 'a.plist'));
    mac.plist(shell('true', 'b'), join(mac.launchAgents, 'b.plist'));
    expect((await mac.ctl('bootstrap', 'gui/501', mac.launchAgents)).code).toBe(0);
    expect((await mac.ctl('list')).out).toBe('PID\tStatus\tLabel\n-\t0\ta\n-\t0\tb\n');
    const again = await mac.ctl('bootstrap', 'gui/501', mac.launchAgents);
    expect(again.code).toBe(133);
  });
});
