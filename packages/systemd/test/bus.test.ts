import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemdAdapter } from '../src/index.ts';
import { runtimeDirectory } from '../src/scope.ts';
import { makeStateDirectory, systemctl } from './harness.ts';
import { testScope } from './scope.ts';

// Run as a user only, who can be shown a runtime folder without the manager's own socket; see vitest.config.ts.
describe('over the bus, where the manager has no socket of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'duende-bus-'));
  const stateDirectory = makeStateDirectory();
  const given = process.env.XDG_RUNTIME_DIR;
  let adapter: SystemdAdapter;
  let count = 0;

  const sleeper = () =>
    adapter.spawn({ name: `bus-${process.pid}-${++count}`, program: '/bin/sleep', args: ['1000'] });

  beforeAll(() => {
    symlinkSync(join(runtimeDirectory(), 'bus'), join(folder, 'bus'));
    process.env.XDG_RUNTIME_DIR = folder;
    adapter = new SystemdAdapter({ scope: testScope, stateDirectory });
  });

  afterAll(async () => {
    for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
    await adapter.close();
    process.env.XDG_RUNTIME_DIR = given;
    for (const path of [folder, stateDirectory]) rmSync(path, { recursive: true, force: true });
  });

  test('everything works, woken by signals', async () => {
    const handle = await sleeper();
    expect((await adapter.status(handle)).state).toBe('running');
    const end = adapter.wait(handle);
    await adapter.signal(handle, 'KILL');
    expect(await end).toMatchObject({ state: 'failed', reason: 'signal', exit: { signal: 'SIGKILL' } });
  });

  test('a bus that is restarted in the middle: waits go on, calls connect again', async () => {
    const handle = await sleeper();
    const end = adapter.wait(handle);
    process.env.XDG_RUNTIME_DIR = given;
    await systemctl('restart', 'dbus.service');
    process.env.XDG_RUNTIME_DIR = folder;
    expect((await adapter.status(handle)).state).toBe('running');
    const another = await sleeper();
    expect((await adapter.status(another)).state).toBe('running');
    expect((await adapter.stop(handle)).state).toBe('stopped');
    expect((await end).state).toBe('stopped');
  });
});
