import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { RestartPolicy } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { unitFilePath } from '../src/unit-file.ts';
import { systemctl } from './harness.ts';
import { makeBench } from './helpers.ts';
import { testScope } from './scope.ts';

const bench = makeBench();
const { adapter } = bench;
const sleeper = (policy: RestartPolicy = 'always') => ({
  name: bench.name(),
  program: '/bin/sleep',
  args: ['1000'],
  restart: policy,
});

describe('install', () => {
  test('writes, enables and starts a unit file; uninstall leaves nothing', async () => {
    const spec = { ...sleeper(), env: { SECRET: 'hunter2' } };
    const unit = `duende-${spec.name}.service`;
    const handle = await adapter.install(spec);
    const path = unitFilePath(spec.name, testScope);
    expect(await systemctl('is-enabled', unit)).toBe('enabled');
    expect(await systemctl('is-active', unit)).toBe('active');
    expect(await systemctl('show', '--value', '-p', 'FragmentPath', unit)).toBe(path);
    expect(readFileSync(path, 'utf8')).not.toContain('hunter2');
    expect((await adapter.status(handle)).state).toBe('running');
    expect(await adapter.find(spec.name)).toEqual(handle);
    await adapter.uninstall(spec.name);
    expect(existsSync(path)).toBe(false);
    expect(await systemctl('is-enabled', unit)).not.toBe('enabled');
    expect(await systemctl('list-units', '--all', '--plain', '--no-legend', unit)).toBe('');
    expect(await adapter.list()).toEqual([]);
  });

  test('it comes back without us: the unit starts by itself, from its file, with all of its environment', async () => {
    const name = bench.name();
    const odd = 'a %s $HOME "quoted" \\.\n second line';
    await adapter.install({
      name,
      program: '/bin/sh',
      args: ['-c', 'printenv ODD; exec sleep 1000'],
      env: { ODD: odd },
    });
    const unit = `duende-${name}.service`;
    await systemctl('stop', unit);
    await systemctl('daemon-reexec');
    await systemctl('start', unit);
    const handle = await adapter.find(name);
    if (!handle) throw new Error('it is gone');
    expect((await adapter.status(handle)).state).toBe('running');
    await expect.poll(async () => (await bench.text(handle)).slice(-2)).toEqual(odd.split('\n'));
    await adapter.uninstall(name);
  });

  test('stop and restart keep it installed; how it ended is told apart again', async () => {
    const spec = sleeper('on-failure');
    const handle = await adapter.install(spec);
    expect((await adapter.stop(handle)).state).toBe('stopped');
    const again = await adapter.restart(handle);
    expect(again).toEqual(handle);
    expect((await adapter.status(handle)).state).toBe('running');
    await systemctl('kill', '--signal=KILL', `duende-${spec.name}.service`);
    const after = await bench.until(handle, ({ restarts, state }) => restarts === 1 && state === 'running');
    expect(after.lastExit).toEqual({ signal: 'SIGKILL' });
    await adapter.uninstall(spec.name);
  });

  test('unless-stopped: a stop keeps it from coming back at the next boot, a restart brings it back', async () => {
    const spec = sleeper('unless-stopped');
    const unit = `duende-${spec.name}.service`;
    const handle = await adapter.install(spec);
    await adapter.stop(handle);
    expect(await systemctl('is-enabled', unit)).toBe('disabled');
    await adapter.restart(handle);
    expect(await systemctl('is-enabled', unit)).toBe('enabled');
    await adapter.uninstall(spec.name);
  });

  test('a program that cannot be executed leaves no file and no daemon', async () => {
    const name = bench.name();
    await expect(adapter.install({ name, program: '/no/such/program' })).rejects.toMatchObject({
      code: 'SpawnFailed',
      reason: 'exec-failed',
    });
    expect(existsSync(unitFilePath(name, testScope))).toBe(false);
    expect(await adapter.list()).toEqual([]);
    expect(await systemctl('list-unit-files', '--no-legend', `duende-${name}.service`)).toBe('');
  });

  test('a unit file of somebody else is refused and left alone', async () => {
    const spec = sleeper();
    const path = unitFilePath(spec.name, testScope);
    const { mkdirSync, rmSync } = await import('node:fs');
    mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    writeFileSync(path, '[Service]\nExecStart=/bin/true\n');
    try {
      await expect(adapter.install(spec)).rejects.toMatchObject({ reason: 'already-exists' });
      await expect(adapter.spawn(spec)).rejects.toMatchObject({ reason: 'already-exists' });
      expect(readFileSync(path, 'utf8')).toBe('[Service]\nExecStart=/bin/true\n');
      expect(await adapter.list()).toEqual([]);
    } finally {
      rmSync(path);
      await systemctl('daemon-reload');
    }
  });

  test('uninstall of what was only spawned, and of nothing', async () => {
    const handle = await bench.shell('exec sleep 1000');
    await expect(adapter.uninstall(handle.name)).rejects.toMatchObject({ code: 'Config' });
    await expect(adapter.uninstall('nothing-of-this-name')).rejects.toMatchObject({ reason: 'not-found' });
    expect((await adapter.status(handle)).state).toBe('running');
  });
});
