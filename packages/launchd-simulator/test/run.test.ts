import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dict, type Machine, machine, number, shell, text, until, yes } from './harness.ts';

/** Runs a script once; what it printed. */
async function printed(mac: Machine, keys: string, domain = 'gui/501', script = ''): Promise<string> {
  const log = join(mac.root, 'new/folder/out');
  const all =
    (script === '' ? '' : shell(script)) +
    keys +
    text('StandardOutPath', log) +
    text('StandardErrorPath', log);
  const ctl = domain === 'system' ? mac.sudo : mac.ctl;
  expect(await ctl('bootstrap', domain, mac.plist(all + yes('RunAtLoad')))).toMatchObject({
    code: 0,
    err: '',
  });
  await until(async () => (await ctl('print', `${domain}/web`)).out.includes('\tstate = not running\n'));
  return readFileSync(log, 'utf8');
}

describe('what a program gets', () => {
  test('arguments byte for byte, without a shell', async () => {
    const mac = await machine();
    const given = ['', ' ', '$HOME', '"quoted"', "'", '\\', 'a\nb', 'ü → 🙂', '-n', '--', '%s', 'a=b'];
    const escaped = (one: string): string => one.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const script = 'import json, sys; print(json.dumps(sys.argv[1:]))';
    const keys = ['/usr/bin/env', 'python3', '-c', script, ...given]
      .map((one) => `<string>${escaped(one)}</string>`)
      .join('');
    const path = process.env.PATH ?? '';
    const out = await printed(
      mac,
      `${text('Label', 'web')}<key>ProgramArguments</key><array>${keys}</array>${dict('EnvironmentVariables', text('PATH', path))}`,
    );
    expect(JSON.parse(out)).toEqual(given);
  });

  test('the environment of its domain and no other', async () => {
    const mac = await machine({ style: '13' });
    const lines = (
      await printed(mac, dict('EnvironmentVariables', text('A', '1 2\n3')), 'gui/501', 'exec env -0')
    ).split('\0');
    const names = lines.filter((line) => line !== '').map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual([
      'A',
      'HOME',
      'LOGNAME',
      'PATH',
      'PWD',
      'SHELL',
      'SSH_AUTH_SOCK',
      'TMPDIR',
      'USER',
      'XPC_FLAGS',
      'XPC_SERVICE_NAME',
      '__CF_USER_TEXT_ENCODING',
    ]);
    expect(lines).toContain('A=1 2\n3');
    expect(lines).toContain('PATH=/usr/bin:/bin:/usr/sbin:/sbin');
    expect(lines).toContain('XPC_SERVICE_NAME=web');
    await mac.sudo('bootstrap', 'system', mac.plist(shell('true')));
    expect((await mac.sudo('print', 'system/web')).out).not.toContain('inherited environment');
  });

  test('folder, umask, niceness, limits; a session and a process group of its own; nothing to read', async () => {
    const mac = await machine();
    const keys =
      text('WorkingDirectory', '/usr/bin') +
      number('Umask', 0o027) +
      number('Nice', 5) +
      dict('SoftResourceLimits', number('NumberOfFiles', 77)) +
      dict('HardResourceLimits', number('NumberOfFiles', 88));
    const script =
      'pwd; umask; nice; ulimit -Sn; ulimit -Hn; cut -d" " -f1,5,6 /proc/self/stat; wc -c; id -u';
    const lines = (await printed(mac, keys, 'gui/501', script)).trim().split('\n');
    expect(lines.slice(0, 5)).toEqual(['/usr/bin', '0027', '5', '77', '88']);
    const [, group, session] = (lines[5] ?? '').split(' ');
    expect(group).toBe(session);
    expect(lines.slice(6)).toEqual(['0', `${process.getuid?.()}`]);
    const { out } = await mac.ctl('print', 'gui/501/web');
    expect(out).toContain(
      '\tresource limits = {\n\t\tmaxfiles (soft) => 77\n\t\tmaxfiles (hard) => 88\n\t}\n',
    );
    expect(out).toContain('\tumask = 27\n');
  });

  test('logs are made with 0644 and appended to', async () => {
    const mac = await machine();
    const log = join(mac.root, 'new/folder/out');
    await printed(mac, '', 'gui/501', 'echo one');
    expect(statSync(log).mode & 0o777).toBe(0o644);
    await mac.ctl('bootout', 'gui/501/web');
    expect(await printed(mac, '', 'gui/501', 'echo two >&amp;2')).toBe('one\ntwo\n');
  });

  // Another user's processes are root's to start.
  if (process.getuid?.() === 0)
    test('UserName and GroupName, in the system domain only', async () => {
      const mac = await machine();
      mkdirSync(join(mac.root, 'new'));
      chmodSync(join(mac.root, 'new'), 0o777);
      expect((await printed(mac, text('UserName', 'nobody'), 'system', 'id -un; echo $USER')).trim()).toBe(
        'nobody\nnobody',
      );
      await mac.sudo('bootout', 'system/web');
      await mac.sudo(
        'bootstrap',
        'system',
        mac.plist(shell('true') + text('UserName', 'no-such-user') + yes('RunAtLoad')),
      );
      expect((await mac.sudo('print', 'system/web')).out).toContain('\tlast exit code = 78: EX_CONFIG\n');
    });

  test.each([
    ['the working folder', text('WorkingDirectory', '/nowhere')],
    ['the program, which is no executable', text('Program', '/etc/passwd')],
    ['the group', `${text('WorkingDirectory', '/etc/passwd')}`],
  ])('a spawn failure: %s', async (_, keys) => {
    const mac = await machine();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('true') + keys + yes('RunAtLoad')));
    await until(async () => (await mac.key('last exit code')) === '78: EX_CONFIG');
    expect(await mac.key('job state')).toBe('spawn failed');
  });

  test('a file that is no executable is not given to a shell', async () => {
    const mac = await machine();
    const script = join(mac.root, 'script');
    writeFileSync(script, 'touch /tmp/never\n', { mode: 0o755 });
    await mac.ctl(
      'bootstrap',
      'gui/501',
      mac.plist(text('Label', 'web') + text('Program', script) + yes('RunAtLoad')),
    );
    await until(async () => (await mac.key('last exit code')) === '78: EX_CONFIG');
  });

  test('a program that ends with 78 by itself is no spawn failure', async () => {
    const mac = await machine();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('exit 78') + yes('RunAtLoad')));
    await until(async () => (await mac.key('last exit code')) === '78: EX_CONFIG');
    expect(await mac.key('job state')).toBe('exited');
  });
});
