import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonHandle } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { SystemdAdapter } from '../src/index.ts';
import { isHelper } from '../src/unit-processes.ts';
import { systemctl } from './harness.ts';
import { makeBench } from './helpers.ts';
import { testScope } from './scope.ts';

const bench = makeBench();
const { adapter } = bench;

describe('units of others', () => {
  const foreign = async (run: (unit: string, name: string) => Promise<void>): Promise<void> => {
    const name = bench.name();
    const unit = `duende-${name}.service`;
    const { execa } = await import('execa');
    const scope = testScope === 'user' ? ['--user'] : [];
    await execa('systemd-run', [...scope, '--quiet', `--unit=${unit}`, '/bin/sleep', '1000']);
    try {
      await run(unit, name);
    } finally {
      await systemctl('stop', unit);
    }
  };

  test('a name that a foreign unit has is refused, and the unit goes on', async () => {
    await foreign(async (unit, name) => {
      const pid = await systemctl('show', '--value', '-p', 'MainPID', unit);
      await expect(adapter.spawn({ name, program: '/bin/sleep', args: ['1'] })).rejects.toMatchObject({
        code: 'SpawnFailed',
        reason: 'already-exists',
      });
      expect(await systemctl('show', '--value', '-p', 'MainPID', unit)).toBe(pid);
      expect(readdirSync(join(bench.stateDirectory, 'systemd', testScope))).not.toContain(name);
      expect(await adapter.find(name)).toBeUndefined();
    });
  });

  test('a handle never reaches a foreign unit that has taken the name', async () => {
    const handle = await bench.shell('exit 0');
    await adapter.wait(handle);
    const unit = `duende-${handle.name}.service`;
    const { execa } = await import('execa');
    const scope = testScope === 'user' ? ['--user'] : [];
    await execa('systemd-run', [...scope, '--quiet', `--unit=${unit}`, '/bin/sleep', '1000']);
    const pid = await systemctl('show', '--value', '-p', 'MainPID', unit);
    await expect(adapter.signal(handle, 'KILL')).rejects.toMatchObject({ reason: 'not-running' });
    expect(await adapter.stop(handle)).toMatchObject({ state: 'stopped', exit: { code: 0 } });
    await adapter.remove(handle, { force: true });
    expect(await systemctl('show', '--value', '-p', 'MainPID', unit)).toBe(pid);
    await systemctl('stop', unit);
  });
});

describe('how units end', () => {
  test('a core dump is told', async () => {
    const handle = await bench.shell('ulimit -c unlimited; kill -SEGV $$');
    const status = await adapter.wait(handle);
    expect(status).toMatchObject({ state: 'failed', reason: 'signal', exit: { signal: 'SIGSEGV' } });
    const core = await systemctl('show', '--value', '-p', 'ExecMainCode', `duende-${handle.name}.service`);
    // 3 is CLD_DUMPED, waitid(2): whether the kernel writes one is its own setting.
    expect('exit' in status && status.exit && 'coreDumped' in status.exit).toBe(core === '3');
  });

  test('systemctl stop is an end like ours, and known afterwards', async () => {
    const handle = await bench.shell('exec sleep 1000');
    await systemctl('stop', `duende-${handle.name}.service`);
    expect(await adapter.status(handle)).toMatchObject({ state: 'stopped', exit: { signal: 'SIGTERM' } });
  });

  test('reset-failed takes nothing from what is known', async () => {
    const handle = await bench.shell('exit 7');
    await adapter.wait(handle);
    await systemctl('reset-failed', `duende-${handle.name}.service`);
    expect(await adapter.status(handle)).toMatchObject({
      state: 'failed',
      reason: 'exit-code',
      exit: { code: 7 },
    });
  });

  test('WatchdogSec= ends a program that does not report', async () => {
    const handle = await bench.shell('exec sleep 1000', { platform: { systemd: { watchdog: '300ms' } } });
    expect(await adapter.wait(handle)).toMatchObject({ state: 'failed', reason: 'watchdog' });
  });

  test('restart-limit is what systemd calls it too', async () => {
    const handle = await bench.shell('exit 1', { restart: { policy: 'always', delay: 0, maxRestarts: 2 } });
    expect(await adapter.wait(handle)).toMatchObject({
      state: 'failed',
      reason: 'restart-limit',
      restarts: 2,
    });
    expect(await systemctl('is-failed', `duende-${handle.name}.service`)).toBe('failed');
  });
});

test('a stop may take longer than the spec says, when it is asked for', async () => {
  const handle = await bench.shell('trap "sleep 1; exit 5" TERM; echo ready; while :; do sleep 0.05; done', {
    stopTimeout: '200ms',
  });
  await expect.poll(() => bench.text(handle)).toContain('ready');
  expect(await adapter.stop(handle, { timeout: 5000 })).toMatchObject({ state: 'failed', exit: { code: 5 } });
});

test('200 units at once', { timeout: 60_000 }, async () => {
  const handles = await Promise.all(
    Array.from({ length: 200 }, () => bench.shell('exec sleep 1000', { stopTimeout: '5s' })),
  );
  expect(await adapter.list()).toHaveLength(200);
  const states = await Promise.all(handles.map((handle) => adapter.status(handle)));
  expect(states.filter(({ state }) => state === 'running')).toHaveLength(200);
  expect(new Set(states.map(({ pid }) => pid)).size).toBe(200);
  await Promise.all(handles.map((handle) => adapter.remove(handle, { force: true })));
  expect(await adapter.list()).toEqual([]);
});

test('the other scope is another place', async () => {
  const handle = await bench.shell('exec sleep 1000');
  const other = new SystemdAdapter({
    scope: testScope === 'user' ? 'system' : 'user',
    stateDirectory: bench.stateDirectory,
  });
  await expect(other.status(handle)).rejects.toMatchObject({ code: 'Config', reason: 'invalid-setting' });
  await other.close();
});

test('how a run ended is known when the helper could not note it', async () => {
  const handle = await bench.shell('echo ready; exec sleep 1000');
  await expect.poll(() => bench.text(handle)).toContain('ready');
  const path = join(bench.stateDirectory, 'systemd', testScope, handle.name, 'unit');
  const bytes = readFileSync(path);
  // What it does not take for a page it does not write to.
  writeFileSync(path, Buffer.concat([Buffer.from('XXXXXXXX'), bytes.subarray(8)]));
  const unit = `duende-${handle.name}.service`;
  await systemctl('kill', '--signal=SEGV', unit);
  await expect.poll(() => systemctl('is-failed', unit)).toBe('failed');
  writeFileSync(path, bytes);
  const wanted = { state: 'failed', reason: 'signal', exit: { signal: 'SIGSEGV' } };
  expect(await adapter.status(handle)).toMatchObject(wanted);
  await systemctl('reset-failed', unit);
  expect(await adapter.status(handle)).toMatchObject(wanted);
});

test('the helper that checks the health is none of the daemon: not counted, not traced', async () => {
  const handle = await bench.shell('while :; do sleep 0.05; done', {
    health: { type: 'command', command: ['/bin/true'], interval: '10s' },
  });
  const { pid } = await adapter.status(handle);
  const inUnit = (process: string): boolean => {
    try {
      return readFileSync(`/proc/${process}/cgroup`, 'latin1').includes(`duende-${handle.name}.service`);
    } catch {
      return false;
    }
  };
  expect(readdirSync('/proc').filter((entry) => inUnit(entry) && isHelper(Number(entry)))).toHaveLength(1);
  const { pids = 0 } = await adapter.stats(handle);
  // The shell, and the sleep that it may have at the moment.
  expect(pids).toBeLessThanOrEqual(2);
  const trace = await adapter.attachTracer(handle);
  const seen = new Set<number>();
  setTimeout(() => void trace.detach(), 500);
  for await (const event of trace) seen.add(event.pid);
  expect(seen).toContain(pid);
  const helpers = [...seen].filter((traced) => isHelper(traced));
  expect(helpers).toEqual([]);
});

test('of two spawns of a name, whatever lies between them, one wins and runs', {
  timeout: 60_000,
}, async () => {
  const other = new SystemdAdapter({ scope: testScope, stateDirectory: bench.stateDirectory });
  for (let round = 0; round < 60; round += 1) {
    const spec = { name: bench.name(), program: '/bin/sleep', args: ['1000'] };
    const later = new Promise((resolve) => setTimeout(resolve, (round % 20) * 0.4)).then(() =>
      other.spawn(spec),
    );
    const results = await Promise.allSettled([adapter.spawn(spec), later]);
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(won).toHaveLength(1);
    expect(lost).toEqual([expect.objectContaining({ reason: 'already-exists' })]);
    expect(await adapter.find(spec.name)).toEqual(won[0]);
    expect((await adapter.status(won[0] as DaemonHandle)).state).toBe('running');
    await adapter.remove(won[0] as DaemonHandle, { force: true });
  }
  await other.close();
});

test('a state folder that cannot be made is one clear error, at once', async () => {
  const nowhere = new SystemdAdapter({ scope: testScope, stateDirectory: '/proc/no/such' });
  const spawned = nowhere.spawn({ name: bench.name(), program: '/bin/sleep', args: ['1'] });
  await expect(spawned).rejects.toMatchObject({
    code: 'SpawnFailed',
    hint: expect.stringContaining('DUENDE_STATE_DIR'),
  });
  await nowhere.close();
});
