import type { Platform } from '@duende/core';
import { describe, expect, test } from 'vitest';
import * as duende from '../src/index.ts';
import { adapterRegistry, defineDaemon, detectPlatform, PlatformError, selectAdapter } from '../src/index.ts';
import { adapterOptions } from '../src/select-adapter.ts';
import { importerOf, missing } from './harness.ts';
import { MemoryAdapter } from './memory-adapter.ts';

async function errorOf(work: Promise<unknown>): Promise<PlatformError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!PlatformError.isInstance(error)) throw new Error(`expected a PlatformError, got ${String(error)}`);
  return error;
}

describe('selectAdapter', () => {
  test('gives the adapter of the package that is installed', async () => {
    const adapter = new MemoryAdapter('linux');
    expect(await selectAdapter('linux', { importer: importerOf([adapter]) })).toBe(adapter);
  });

  test('gives the real native adapter', async () => {
    const adapter = await selectAdapter('native');
    expect(adapter.platform).toBe('native');
    expect(adapter.capabilities.signals.TERM.supported).toBe(true);
  });

  test('hands options to the constructor', async () => {
    const given: unknown[] = [];
    const importer = async () => ({
      SystemdAdapter: class {
        constructor(...args: unknown[]) {
          given.push(...args);
        }
      },
    });
    await selectAdapter('linux', { importer, adapter: { scope: 'user' } });
    await selectAdapter('linux', { importer });
    expect(given).toEqual([{ scope: 'user' }]);
  });

  test('each platform gets what of a place is its own', () => {
    const place = { scope: 'user', domain: 'gui', runtime: 'podman', host: undefined };
    expect(adapterOptions('linux', place)).toEqual({ adapter: { scope: 'user' } });
    expect(adapterOptions('container', place)).toEqual({ adapter: { runtime: 'podman' } });
    expect(adapterOptions('macos', place)).toEqual({ adapter: { domain: 'gui' } });
    expect(adapterOptions('native', place)).toEqual({});
  });

  test.each(Object.entries(adapterRegistry))('names the package that %s lacks', async (platform, [name]) => {
    const error = await errorOf(selectAdapter(platform as Platform, { importer: importerOf([]) }));
    expect(error).toMatchObject({ code: 'Config', reason: 'unavailable', platform });
    expect(error.message).toContain(name);
    expect(error.hint).toContain(`npm install ${name}`);
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('never takes another platform instead', async () => {
    const asked: string[] = [];
    const importer = async (name: string) => {
      asked.push(name);
      throw missing(name);
    };
    await errorOf(selectAdapter('wos', { importer }));
    expect(asked).toEqual(['@duende/wos']);
  });

  test('a dependency of the package that is missing is an error of that package', async () => {
    const importer = async () => {
      throw missing('@duende/systemd-dbus');
    };
    const error = await errorOf(selectAdapter('linux', { importer }));
    expect(error).toMatchObject({ code: 'Config', reason: 'engine-error' });
    expect(error.message).toContain('@duende/systemd-dbus');
  });

  test('a package that throws is passed on with its cause', async () => {
    const cause = new TypeError('boom');
    const importer = async () => {
      throw cause;
    };
    const error = await errorOf(selectAdapter('container', { importer }));
    expect(error).toMatchObject({ reason: 'engine-error', cause });
  });

  test('a package without the class, and a name that is no platform', async () => {
    const error = await errorOf(selectAdapter('native', { importer: async () => ({}) }));
    expect(error.message).toContain('no class NativeAdapter');
    const unknown = await errorOf(selectAdapter('windows' as Platform));
    expect(unknown).toMatchObject({ code: 'Config', reason: 'invalid-setting', field: 'platform' });
  });
});

test('the index has all of @duende/core', async () => {
  const core = await import('@duende/core');
  for (const name of Object.keys(core)) expect(duende).toHaveProperty(name);
  expect(detectPlatform()).toMatch(/^[a-z]+$/);
  expect(defineDaemon({ name: 'x', run() {} }).name).toBe('x');
});
