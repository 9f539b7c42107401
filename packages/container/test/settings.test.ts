import { parseSpec } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../src/read-settings.ts';
import { settingNames } from '../src/setting-names.ts';
import { schemaNames } from '../src/settings.ts';

const read = (container: unknown, more: object = {}) =>
  readSettings(
    parseSpec(
      {
        name: 'web',
        ...('module' in more ? {} : { program: '/bin/true' }),
        platform: { container },
        ...more,
      },
      'container',
    ),
  );

describe('what there is without a word', () => {
  test('nothing given at all', () => {
    const expected = { pull: 'missing', ports: [], mounts: [], tmpfs: [], files: [], hostConfig: {} };
    expect(readSettings(parseSpec({ name: 'web', program: '/bin/true' }))).toEqual(expected);
    expect(read({})).toEqual(expected);
  });

  test('within a mount, a port and a swarm', () => {
    expect(read({ mounts: [{ source: '/a' }], ports: [{ container: 80 }], swarm: {} })).toMatchObject({
      mounts: [{ source: '/a', readOnly: false }],
      ports: [{ container: 80, address: '127.0.0.1', protocol: 'tcp' }],
      swarm: {
        replicas: 1,
        constraints: [],
        updateParallelism: 1,
        updateDelay: 0,
        updateOrder: 'stop-first',
      },
    });
  });
});

describe('images', () => {
  test.each([
    'busybox',
    'busybox:1.36',
    'registry:5000/team/busybox:1.36-alpine_2',
    `busybox@sha256:${'0'.repeat(64)}`,
    'localhost/x',
  ])('%s', (image) => {
    expect(read({ image }).image).toBe(image);
  });

  test.each(['', '-x', '/busybox', 'a b', 'a\nb', '../x', 'a?tag=b', 'a%2f', 'ä'])(
    '%j is refused: it becomes a part of a request',
    (image) => {
      expect(() => read({ image })).toThrow(
        expect.objectContaining({ code: 'Config', field: 'platform.container.image' }),
      );
    },
  );
});

describe('refused by name', () => {
  test.each<[string, object, string, object?]>([
    ['no such setting', { imgae: 'x' }, 'platform.container'],
    ['no such way to pull', { pull: 'sometimes' }, 'platform.container.pull'],
    ['a relative mount', { mounts: [{ source: 'a' }] }, 'platform.container.mounts[0].source'],
    [
      'a relative target',
      { mounts: [{ source: '/a' }, { source: '/a', target: 'b' }] },
      'platform.container.mounts[1].target',
    ],
    ['a mount with more', { mounts: [{ source: '/a', mode: 'x' }] }, 'platform.container.mounts[0]'],
    ['a port of 0', { ports: [{ container: 0 }] }, 'platform.container.ports[0].container'],
    ['a port too high', { ports: [{ container: 1, host: 65_536 }] }, 'platform.container.ports[0].host'],
    ['half a port', { ports: [{ container: 1.5 }] }, 'platform.container.ports[0].container'],
    ['a protocol', { ports: [{ container: 1, protocol: 'sctp' }] }, 'platform.container.ports[0].protocol'],
    ['a relative folder in memory', { tmpfs: ['tmp'] }, 'platform.container.tmpfs[0]'],
    ['a relative file', { files: ['x'] }, 'platform.container.files[0]'],
    ['an empty network', { network: '' }, 'platform.container.network'],
    ['credentials with more', { image: 'x', credentials: { token: 'x' } }, 'platform.container.credentials'],
    ['less than no replica', { swarm: { replicas: -1 } }, 'platform.container.swarm.replicas'],
    ['an order of updates', { swarm: { updateOrder: 'x' } }, 'platform.container.swarm.updateOrder'],
    ['credentials of no image', { credentials: {} }, 'platform.container.credentials'],
    ['a pull of no image', { pull: 'always' }, 'platform.container.pull'],
    ['files in a given image', { image: 'x', files: ['/a'] }, 'platform.container.files'],
    ['a given image of a module', { image: 'x' }, 'platform.container.image', { module: '/srv/web.mjs' }],
    [
      "the adapter's own folder",
      { mounts: [{ source: '/run/duende' }] },
      'platform.container.mounts[0].target',
    ],
    [
      'what is below it',
      { mounts: [{ source: '/a' }, { source: '/a', target: '/run/duende/log' }] },
      'platform.container.mounts[1].target',
    ],
    [
      "the adapter's own init",
      { mounts: [{ source: '/a', target: '/run/duende-init' }] },
      'platform.container.mounts[0].target',
    ],
    ['ports without a network', { network: 'none', ports: [{ container: 1 }] }, 'platform.container.ports'],
    ['ports of the machine', { network: 'host', ports: [{ container: 1 }] }, 'platform.container.ports'],
    [
      'ports of a sandbox',
      { ports: [{ container: 1 }] },
      'platform.container.ports',
      { sandbox: { network: 'none' } },
    ],
    ['two networks', { network: 'web' }, 'platform.container.network', { sandbox: { network: 'none' } }],
  ])('%s', (_, container, field, more) => {
    expect(() => read(container, more)).toThrow(
      expect.objectContaining({
        code: 'Config',
        reason: 'invalid-setting',
        platform: 'container',
        field,
        message: expect.stringMatching(/^platform\.container/),
      }),
    );
  });

  test.each(['Memory', 'CapAdd', 'BlkioDeviceReadBps', 'BlkioDeviceWriteBps', 'Init', 'NetworkMode'])(
    'hostConfig.%s, which the adapter says by itself',
    (name) => {
      const field = `platform.container.hostConfig.${name}`;
      expect(() => read({ hostConfig: { ShmSize: 1, [name]: 1 } })).toThrow(
        expect.objectContaining({ code: 'Config', field }),
      );
    },
  );

  test('a call that the init needs, whatever else is denied', () => {
    const deny = (...calls: string[]) => read({}, { sandbox: { seccomp: { deny: calls } } });
    expect(() => deny('mount', 'execve')).toThrow(
      expect.objectContaining({ field: 'sandbox.seccomp', message: expect.stringContaining('execve') }),
    );
    expect(() => deny('mount', 'ptrace')).not.toThrow();
  });

  test('a setting that there is not is in the message', () => {
    expect(() => read({ imgae: 'x' })).toThrow(/imgae/);
  });
});

test('a mount beside the own folder is allowed, and a network that says the same twice', () => {
  expect(read({ mounts: [{ source: '/run/duende-data' }] }).mounts).toHaveLength(1);
  expect(read({ network: 'none' }, { sandbox: { network: 'none' } }).network).toBe('none');
});

test('the names are those of the settings', () => {
  expect([...settingNames].sort()).toEqual([...schemaNames].sort());
});
