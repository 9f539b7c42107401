import { expect, test } from 'vitest';
import { LaunchdAdapter } from '../src/index.ts';
import { launchdTest } from './harness.ts';

test('without a login session the domain of a user who is not root is user, and probe() says why', async () => {
  if (process.getuid?.() === 0) {
    expect(new LaunchdAdapter({ launchctl: '/bin/false' }).domain).toBe('system');
    return;
  }
  const on = await launchdTest('15', 'user');
  const adapter = new LaunchdAdapter({
    launchctl: on.simulator.launchctl,
    stateDirectory: on.stateDirectory,
  });
  expect(adapter.domain).toBe('user');
  expect(await adapter.probe()).toMatchObject({
    available: true,
    warnings: [expect.stringContaining('no login session')],
  });
  await on.close();
});

test('a domain that there is not is refused with why and what to do', async () => {
  const on = await launchdTest('15', 'user');
  const { launchctl } = on.simulator;
  const adapter = new LaunchdAdapter({ domain: 'gui', launchctl, stateDirectory: on.stateDirectory });
  expect(await adapter.probe()).toMatchObject({
    available: false,
    why: expect.stringContaining('no domain gui/'),
  });
  await expect(adapter.spawn({ name: 'a', program: '/bin/sleep', args: ['9'] })).rejects.toMatchObject({
    code: 'SpawnFailed',
    reason: 'unavailable',
  });
  expect(await adapter.list()).toEqual([]);
  await on.close();
});

test('elsewhere than on a Mac it says so', async () => {
  if (process.platform === 'darwin') return;
  const adapter = new LaunchdAdapter();
  expect(await adapter.probe()).toMatchObject({ available: false, why: 'launchd is for macOS only' });
  await expect(adapter.spawn({ name: 'a', program: '/bin/true' })).rejects.toMatchObject({
    code: 'NotSupported',
  });
});
