import { expect, test } from 'vitest';
import { type DaemonHandle, PlatformError, parseHandle } from '../src/index.ts';

const handle: DaemonHandle = {
  version: 1,
  name: 'web',
  platform: 'linux',
  id: 'u-1',
  data: { kind: 'systemd', unitName: 'duende-web.service' },
};

test.each<DaemonHandle['data'] & { on: string }>([
  { on: 'native', kind: 'native', pid: 7 },
  { on: 'linux', kind: 'systemd', unitName: 'duende-web.service' },
  { on: 'macos', kind: 'launchd', label: 'com.duende.web' },
  { on: 'container', kind: 'container', runtime: 'podman', containerId: 'c0' },
  { on: 'pepita', kind: 'pepita', vmId: 'v', vsockCid: 3 },
  { on: 'wos', kind: 'wos', pid: 1 },
])('a handle of $kind comes back from JSON as it was', ({ on, ...data }) => {
  const original = { ...handle, platform: on, data };
  expect(parseHandle(JSON.parse(JSON.stringify(original)))).toEqual(original);
});

test.each<[unknown, RegExp]>([
  [null, /expected an object/],
  ['web', /expected an object/],
  [{}, /expected version 1, got undefined/],
  [{ ...handle, version: 2 }, /expected version 1, got 2/],
  [{ ...handle, name: 1 }, /name of a daemon/],
  [{ ...handle, id: undefined }, /string in id/],
  [{ ...handle, platform: 'beos' }, /unknown platform "beos"/],
  [{ ...handle, data: undefined }, /kind undefined/],
  [{ ...handle, platform: 'native' }, /kind "systemd" does not belong to platform native/],
  [{ ...handle, data: { kind: 'toString' }, platform: 'native' }, /does not belong/],
])('%j is refused', (value, why) => {
  try {
    parseHandle(value);
    expect.unreachable();
  } catch (error) {
    expect(PlatformError.isInstance(error) && [error.code, error.reason]).toEqual([
      'Config',
      'invalid-setting',
    ]);
    expect((error as Error).message).toMatch(why);
  }
});
