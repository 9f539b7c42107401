import { type DaemonSpecInput, parseSpec } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { grantsOf } from '../src/adapter/grants.ts';
import { limitsOf } from '../src/adapter/limits.ts';
import { readSettings } from '../src/adapter/read-settings.ts';
import { settingNames } from '../src/adapter/setting-names.ts';
import { schemaNames } from '../src/adapter/settings.ts';

const specOf = (wos: object, more: object = {}) =>
  parseSpec({ name: 'web', program: '/web.wasm', platform: { wos }, ...more } as DaemonSpecInput, 'wos');

const grants = (wos: object, more?: object) => {
  const spec = specOf(wos, more);
  const { preopens, ...rest } = grantsOf(spec, readSettings(spec));
  return { ...rest, preopens: preopens.map(({ value }) => value) };
};

const limits = (wos: object, more?: object) => {
  const spec = specOf(wos, more);
  const settings = readSettings(spec);
  return limitsOf(spec, settings, grantsOf(spec, settings).spawn);
};

test('the names are those of the schema', () => {
  expect([...settingNames]).toEqual(schemaNames);
});

test('nothing said: nothing granted', () => {
  expect(grants({})).toEqual({ preopens: [], net: { listen: [], connect: [], open: [] }, spawn: false });
  expect(limits({})).toEqual({});
});

test('capabilities are those of wos-ctl', () => {
  const capabilities = [
    'net:connect=db:5432',
    'net:listen=*:80',
    'fs:read=/srv/site:/site',
    'fs:write=/var/web',
    'spawn',
  ];
  expect(grants({ capabilities, open: ['127.0.0.1:8080'] })).toEqual({
    preopens: [
      { guest: '/site', host: '/srv/site', write: false },
      { guest: '/var/web', host: '/var/web', write: true },
    ],
    net: { listen: ['*:80'], connect: ['db:5432'], open: ['127.0.0.1:8080'] },
    spawn: true,
  });
  expect(grants({ capabilities: ['net'] }).net).toEqual({ listen: ['*'], connect: ['*'], open: [] });
});

test('preopens are for paths with colons', () => {
  expect(
    grants({ preopens: [{ host: '/a:/b' }, { host: '/c', guest: '/d', write: true }] }).preopens,
  ).toEqual([
    { guest: '/a:/b', host: '/a:/b', write: false },
    { guest: '/d', host: '/c', write: true },
  ]);
});

test('who asks for the network of the machine gets it, and for writable folders, too', () => {
  expect(grants({}, { sandbox: { network: 'host' } }).net).toEqual({
    listen: ['*'],
    connect: ['*'],
    open: [],
  });
  const filesystem = { mode: 'read-only', writable: ['/data', '/logs/web'] };
  const capabilities = ['fs:write=/logs', 'fs:read=/data'];
  expect(grants({ capabilities: ['fs:read=/srv/data:/data'] }, { sandbox: { filesystem } }).preopens).toEqual(
    [
      { guest: '/data', host: '/srv/data', write: true },
      { guest: '/logs/web', host: '/logs/web', write: true },
    ],
  );
  const beyond = () => grants({ capabilities }, { sandbox: { filesystem } });
  expect(beyond).toThrow('contradicts sandbox.filesystem.mode, which is read-only');
});

test('a module daemon may listen where its health is asked for', () => {
  const health = { type: 'http' as const, url: 'http://127.0.0.1:8123/health' };
  const spec = parseSpec({ name: 'web', module: '/web.ts', health }, 'wos');
  expect(grantsOf(spec, readSettings(spec)).net.listen).toEqual(['127.0.0.1:8123']);
});

test('limits', () => {
  const resources = { memoryMax: '64M', openFilesMax: 1_000_000, cpuQuota: '50%', pidsMax: 20 };
  expect(limits({ cpuTime: '10s', mailboxCount: 5 }, { resources })).toEqual({
    memoryMax: 64 * 2 ** 20,
    openFiles: 65_536,
    cpuQuota: 0.5,
    processes: 19,
    cpuTime: 10_000,
    mailboxCount: 5,
  });
  expect(limits({}, { resources: { memoryMax: '64G' } })).toEqual({ memoryMax: 2 ** 32 });
  expect(limits({ memoryMax: '32M', capabilities: ['spawn'] })).toEqual({ memoryMax: 32 * 2 ** 20 });
});

describe('refused, by the name of the field:', () => {
  test.each<[field: string, wos: object, more?: object]>([
    ['platform.wos.capabilities', { capabilities: 'net' }],
    ['platform.wos.capabilities[1]', { capabilities: ['net', 'fs:execute=/x'] }],
    ['platform.wos.capabilities[0]', { capabilities: ['fs:read=site'] }],
    ['platform.wos.capabilities[0]', { capabilities: ['net:listen=x:99999'] }],
    ['platform.wos.preopens[0].host', { preopens: [{ host: 'site' }] }],
    ['platform.wos.preopens[0].mode', { preopens: [{ host: '/site', mode: 'rw' }] }],
    ['platform.wos.open[0]', { open: ['*:80'] }],
    ['platform.wos.priority', { priority: 8 }],
    ['platform.wos.priority', { priority: 'urgent' }],
    ['platform.wos.isolation', { isolation: 'vm' }],
    ['platform.wos.memoryMax', { memoryMax: '1k' }],
    ['platform.wos.cpuTime', { cpuTime: 'long' }],
    ['platform.wos.mailboxCount', { mailboxCount: -1 }],
    ['platform.wos.threads', { threads: 3 }],
    ['platform.wos.capabilities[0]', { capabilities: ['net'] }, { sandbox: { network: 'none' } }],
    ['platform.wos.open[0]', { open: ['0.0.0.0:80'] }, { sandbox: { network: 'none' } }],
    ['resources.memoryMax', { capabilities: ['spawn'] }, { resources: { memoryMax: '64M' } }],
  ])('%s of %j', (field, wos, more) => {
    let error: unknown;
    try {
      grants(wos, more);
      limits(wos, more);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'Config', reason: 'invalid-setting', field, platform: 'wos' });
    expect((error as Error).message.startsWith(`${field}: `)).toBe(true);
  });

  test('but not loopback, which a daemon without a network has, too', () => {
    const capabilities = ['net:listen=127.0.0.1:80', 'net:connect=[::1]:*'];
    expect(grants({ capabilities }, { sandbox: { network: 'none' } }).net.listen).toEqual(['127.0.0.1:80']);
  });
});
