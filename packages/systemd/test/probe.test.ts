import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Manager } from '../src/bus/manager.ts';
import { explainUser } from '../src/explain.ts';
import { probeSystemd } from '../src/probe.ts';
import { managerAddresses, runtimeDirectory } from '../src/scope.ts';
import { unitPathOf } from '../src/unit-name.ts';
import { testScope } from './scope.ts';

const answering = (version: string): Manager => ({ version: async () => version }) as unknown as Manager;

describe('probe', () => {
  test('says which systemd', async () => {
    expect(await probeSystemd('system', answering('252.38-1~deb12u1'))).toMatchObject({
      available: true,
      engine: 'systemd 252.38-1~deb12u1 (system)',
      version: '252',
    });
  });

  test('one that is too old is named, with what is needed', async () => {
    expect(await probeSystemd('system', answering('219'))).toMatchObject({
      available: false,
      why: expect.stringMatching(/systemd 219 is too old, \d+ is needed/),
      fix: expect.stringContaining('Upgrade'),
    });
  });

  test('a manager that does not answer', async () => {
    const silent = { version: () => Promise.reject(new Error('no reply')) } as unknown as Manager;
    const answer = await probeSystemd(testScope, silent);
    expect(answer).toMatchObject({ available: false, why: expect.stringContaining('no reply') });
  });
});

describe('why no user manager answers', () => {
  const explain = (folder: string) => explainUser(new Error('refused'), { XDG_RUNTIME_DIR: folder });

  test('no session, and no lingering', () => {
    expect(explain('/nowhere/at/all')).toMatchObject({ why: expect.stringContaining('lingering is off') });
  });

  test('a folder without a manager in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'duende-runtime-'));
    expect(explain(folder)).toMatchObject({
      why: expect.stringContaining('no user manager runs'),
      fix: expect.stringContaining('systemctl start user@'),
    });
    rmSync(folder, { recursive: true });
  });
});

describe('where managers are', () => {
  const own = `/run/user/${process.geteuid?.()}`;

  test.each([
    [undefined, own],
    ['/run/user/4242', own], // of somebody else: sudo -E
    ['/somewhere', '/somewhere'],
    [own, own],
  ])('XDG_RUNTIME_DIR %s', (given, expected) => {
    expect(runtimeDirectory({ XDG_RUNTIME_DIR: given })).toBe(expected);
  });

  test("the manager's own socket before the bus", () => {
    expect(managerAddresses('user', { XDG_RUNTIME_DIR: '/r' })).toEqual([
      { socket: '/r/systemd/private', direct: true },
      { socket: '/r/bus', direct: false },
    ]);
  });
});

test.each([
  ['duende-web.service', 'duende_2dweb_2eservice'],
  ['duende-a_b.1.service', 'duende_2da_5fb_2e1_2eservice'],
  ['0.service', '_30_2eservice'],
])('the object of %s', (unit, path) => {
  expect(unitPathOf(unit)).toBe(`/org/freedesktop/systemd1/unit/${path}`);
});
