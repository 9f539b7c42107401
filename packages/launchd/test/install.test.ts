import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Domain } from '../src/index.ts';
import { type LaunchdTest, launchdTest, type Style, systemDomain } from './harness.ts';

const sleeper = { program: '/bin/sleep', args: ['1000'] };

describe.each([
  ['15', 'gui'],
  ['11', systemDomain],
  ['13', 'user'],
] as [Style, Domain][])('install, macOS %s, %s', (style, domain) => {
  let on: LaunchdTest;
  beforeAll(async () => {
    on = await launchdTest(style, domain);
  });
  afterAll(async () => {
    expect(on.simulator.violations()).toEqual([]);
    await on.close();
  });
  const plist = (name: string) => join(on.plistDirectory, `com.duende.${name}.plist`);

  /** Once launchd has started everything that it found. */
  const until = async (what: () => Promise<boolean>) => {
    for (let round = 0; round < 200 && !(await what()); round += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await what()).toBe(true);
  };

  test('an installed daemon runs, and runs again after a boot, as the same daemon', async () => {
    const adapter = on.adapter();
    const handle = await adapter.install({ name: 'kept', ...sleeper });
    const before = await adapter.status(handle);
    expect(before.state).toBe('running');
    expect(statSync(plist('kept')).mode & 0o777).toBe(0o644);
    await on.simulator.reboot();
    await until(async () => {
      const now = await on.adapter().status(handle);
      return now.state === 'running' && now.pid !== before.pid;
    });
    expect(await adapter.find('kept')).toEqual(handle);
    await adapter.uninstall('kept');
    expect(existsSync(plist('kept'))).toBe(false);
    expect(await adapter.find('kept')).toBeUndefined();
  });

  test.each([
    ['always', true],
    ['unless-stopped', false],
  ] as const)('%s: whether a stopped one is back after a boot: %s', async (restart, isBack) => {
    const adapter = on.adapter();
    const name = `boot-${restart}`;
    const handle = await adapter.install({ name, ...sleeper, restart });
    expect((await adapter.stop(handle)).state).toBe('stopped');
    await on.simulator.reboot();
    if (isBack) await until(async () => (await adapter.status(handle)).state === 'running');
    else {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect((await adapter.status(handle)).state).toBe('stopped');
      const again = await adapter.status(await adapter.restart(handle));
      expect(again.state).toBe('running');
      await on.simulator.reboot();
      await until(async () => {
        const now = await adapter.status(handle);
        return now.state === 'running' && now.pid !== again.pid;
      });
    }
    await adapter.remove(handle, { force: true });
    expect(existsSync(plist(name))).toBe(false);
    const { stdout } = await execa(on.simulator.launchctl, [
      'print-disabled',
      domain === 'system' ? 'system' : `${domain}/${on.simulator.uid}`,
    ]);
    expect(stdout).not.toMatch(new RegExp(`com\\.duende\\.${name}" => (disabled|true)`));
  });

  test('one that is only spawned is not back after a boot', async () => {
    const adapter = on.adapter();
    const handle = await adapter.spawn({ name: 'once', ...sleeper });
    await on.simulator.reboot();
    const target = domain === 'system' ? 'system' : `${domain}/${on.simulator.uid}`;
    const { exitCode } = await execa(on.simulator.launchctl, ['print', `${target}/com.duende.once`], {
      reject: false,
    });
    expect(exitCode).toBe(113);
    expect(existsSync(plist('once'))).toBe(false);
    // The simulator's boot leaves processes that have a session of their own.
    await adapter.remove(handle, { force: true });
  });

  test('what cannot be started is not installed, and nothing of it stays', async () => {
    const adapter = on.adapter();
    await expect(adapter.install({ name: 'bad', program: '/no/such/program' })).rejects.toMatchObject({
      code: 'SpawnFailed',
      reason: 'exec-failed',
    });
    expect(existsSync(plist('bad'))).toBe(false);
    expect(await adapter.find('bad')).toBeUndefined();
    await expect(adapter.uninstall('bad')).rejects.toMatchObject({ reason: 'not-found' });
  });

  test('an installed name is not given to another daemon before it is uninstalled', async () => {
    const adapter = on.adapter();
    const handle = await adapter.install({ name: 'taken', ...sleeper });
    await adapter.stop(handle);
    for (const make of [adapter.spawn.bind(adapter), adapter.install.bind(adapter)]) {
      await expect(make({ name: 'taken', ...sleeper })).rejects.toMatchObject({
        reason: 'already-exists',
        hint: expect.stringContaining('duende uninstall taken'),
      });
    }
    const again = await adapter.restart(handle);
    expect([again, (await adapter.status(handle)).state]).toEqual([handle, 'running']);
    await adapter.uninstall('taken');
  });

  test('a stop that was killed half-way in an earlier boot does not keep the daemon from starting', async () => {
    const adapter = on.adapter();
    const handle = await adapter.install({ name: 'half', ...sleeper, restart: 'always' });
    await adapter.stop(handle);
    writeFileSync(join(on.folder('half'), 'stopping'), '1 1');
    expect((await adapter.status(await adapter.restart(handle))).state).toBe('running');
    await adapter.remove(handle, { force: true });
  });

  test('problems() names an installed daemon that launchd has not loaded', async () => {
    const adapter = on.adapter();
    const handle = await adapter.install({ name: 'unloaded', ...sleeper });
    expect(await adapter.problems()).toEqual([]);
    // What System Settings does with a background item that is turned off.
    const target = domain === 'system' ? 'system' : `${domain}/${on.simulator.uid}`;
    await execa(on.simulator.launchctl, ['disable', `${target}/com.duende.unloaded`]);
    await on.simulator.reboot();
    const [line, ...others] = await on.adapter().problems();
    expect(line).toMatch(
      /^unloaded is installed, but launchd has not loaded it: allow it in System Settings/,
    );
    expect(others).toEqual([]);
    await on.adapter().remove(handle, { force: true });
    expect(await on.adapter().problems()).toEqual([]);
    expect(existsSync(plist('unloaded'))).toBe(false);
  });
});
