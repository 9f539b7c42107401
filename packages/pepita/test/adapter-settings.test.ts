import { parseSpec } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../src/adapter/read-settings.ts';
import { settingNames } from '../src/adapter/setting-names.ts';
import { schemaNames } from '../src/adapter/settings.ts';

const read = (pepita: object, more: object = {}) =>
  readSettings(parseSpec({ name: 'web', program: '/bin/true', platform: { pepita }, ...more }, 'pepita'));

test('the names are those of the schema', () => {
  expect([...settingNames]).toEqual(schemaNames);
});

test('nothing said: no network, no ports, a layer that can be written, snapshots', () => {
  expect(read({})).toEqual({ overlay: true, files: [], ports: [], template: true });
});

test('the VMM is that of the spec, else that of the adapter', () => {
  const spec = (pepita: object) =>
    parseSpec({ name: 'web', program: '/bin/true', platform: { pepita } }, 'pepita');
  expect(readSettings(spec({}), 'firecracker').vmm).toBe('firecracker');
  expect(readSettings(spec({ vmm: 'qemu', network: 'user' }), 'firecracker').vmm).toBe('qemu');
  expect(read({ vmm: 'cloud-hypervisor', vcpus: 64 }).vmm).toBe('cloud-hypervisor');
});

test('sizes are whole MiB', () => {
  expect(read({ memory: '128M' }).memory).toBe(128 * 1024 ** 2);
  expect(read({ memory: 100 * 1024 ** 2 + 1 }).memory).toBe(101 * 1024 ** 2);
});

describe('refused, by the name of the field:', () => {
  test.each<[field: string, pepita: object, more?: object]>([
    ['platform.pepita.vmm', { vmm: 'vmware' }],
    ['platform.pepita.network', { vmm: 'firecracker', network: 'user' }],
    ['platform.pepita.ports', { vmm: 'cloud-hypervisor', ports: [{ guest: 80 }] }],
    ['sandbox.network', { vmm: 'firecracker' }, { sandbox: { network: 'host' } }],
    ['restart', { vmm: 'firecracker' }, { restart: 'on-failure' }],
    ['platform.pepita.vcpus', { vmm: 'firecracker', vcpus: 33 }],
    ['platform.pepita.vcpus', { vmm: 'firecracker' }, { resources: { cpuQuota: 40 } }],
    ['platform.pepita.memory', { memory: '64M' }],
    ['platform.pepita.memory', { memory: 'much' }],
    ['platform.pepita.vcpus', { vcpus: 0 }],
    ['platform.pepita.vcpus', { vcpus: 1.5 }],
    ['platform.pepita.kernel', { kernel: 'vmlinux' }],
    ['platform.pepita.rootfs', { rootfs: 'image' }],
    ['platform.pepita.network', { network: 'bridge' }],
    ['platform.pepita.network', { network: 'none' }, { sandbox: { network: 'host' } }],
    ['platform.pepita.network', { network: 'user' }, { sandbox: { network: 'none' } }],
    ['platform.pepita.ports', { ports: [{ guest: 80 }], network: 'none' }],
    ['platform.pepita.ports', { ports: [{ guest: 80 }] }, { sandbox: { network: 'none' } }],
    ['platform.pepita.ports[0].guest', { ports: [{ guest: 0 }] }],
    ['platform.pepita.ports[1].host', { ports: [{ guest: 80 }, { guest: 81, host: 80 }] }],
    ['platform.pepita.files[0]', { files: ['relative'] }],
    ['platform.pepita.files', { rootfs: '/image', files: ['/etc/hosts'] }],
    ['user', { rootfs: '/image' }, { user: 'nobody' }],
    ['group', { rootfs: '/image' }, { group: 'nogroup' }],
    [
      'sandbox.filesystem.writable[1]',
      {},
      { sandbox: { filesystem: { mode: 'read-only', writable: ['/var/x', '/run/'] } } },
    ],
    ['platform.pepita.overlay', { overlay: false }, { sandbox: { filesystem: { mode: 'host' } } }],
  ])('%s of %j', (field, pepita, more) => {
    let error: unknown;
    try {
      read(pepita, more);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'Config', reason: 'invalid-setting', field, platform: 'pepita' });
    expect((error as Error).message).toMatch(new RegExp(`^${field.replaceAll(/[[\].]/g, '\\$&')}: `));
  });

  test('a root of one’s own for a module', () => {
    const spec = parseSpec(
      { name: 'web', module: '/m.ts', platform: { pepita: { rootfs: '/image' } } },
      'pepita',
    );
    expect(() => readSettings(spec)).toThrow(
      /^platform.pepita.rootfs: a module runs in a root that is made of it$/,
    );
  });
});
