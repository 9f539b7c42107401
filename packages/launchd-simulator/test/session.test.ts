import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { document, machine, shell, until, yes } from './harness.ts';

describe('the session of the caller', () => {
  test.each([
    [{}, 'Aqua', '501'],
    [{ gui: false }, 'Background', '501'],
    [{ uid: 0, session: 'System' as const }, 'System', '0'],
  ])('%j is %s', async (options, name, uid) => {
    const mac = await machine(options);
    expect((await mac.ctl('managername')).out).toBe(`${name}\n`);
    expect((await mac.ctl('manageruid')).out).toBe(`${uid}\n`);
  });

  test('list LABEL of nothing is 113, of a domain called port', async () => {
    const mac = await machine();
    expect(await mac.ctl('list', 'web')).toEqual({
      code: 113,
      out: '',
      err: 'Could not find service "web" in domain for port\n',
    });
  });

  test('error and unknown subcommands', async () => {
    const mac = await machine();
    expect((await mac.ctl('error', '119')).out).toBe('119: Service is disabled\n');
    expect((await mac.ctl('restart', 'web')).code).toBe(64);
  });

  test('print of a domain lists its services', async () => {
    const mac = await machine();
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('sleep 60') + yes('RunAtLoad')));
    const pid = await until(() => mac.key('pid'));
    const { out } = await mac.ctl('print', 'gui/501');
    expect(out).toContain(`\t\t${pid.padStart(8)}      - \tweb\n`);
    expect(out.startsWith('gui/501 = {\n\ttype = login\n')).toBe(true);
  });
});

test('a hundred jobs at once, each bootstrapped once', async () => {
  const mac = await machine();
  const names = Array.from({ length: 100 }, (_, index) => `job${index}`);
  const codes = await Promise.all(
    names.flatMap((name) => {
      const path = join(mac.launchAgents, `${name}.plist`);
      writeFileSync(path, document(shell('sleep 60', name) + yes('RunAtLoad')), { mode: 0o644 });
      return [mac.ask('bootstrap', 'gui/501', path), mac.ask('bootstrap', 'gui/501', path)];
    }),
  );
  expect(codes.filter((answer) => answer.startsWith('0 '))).toHaveLength(100);
  expect(codes.filter((answer) => answer.startsWith('5 '))).toHaveLength(100);
  await until(async () => {
    const rows = (await mac.ctl('list')).out.trim().split('\n').slice(1);
    return rows.length === 100 && rows.every((row) => /^\d+\t0\tjob/.test(row));
  });
});
