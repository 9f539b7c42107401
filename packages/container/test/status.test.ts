import { spawn } from 'node:child_process';
import type { DaemonStatus, Signal } from '@duende/core';
import { bootId, type StatePage } from '@duende/program';
import { describe, expect, test } from 'vitest';
import type { ContainerState } from '../src/engine/engine.ts';
import { daemonStatus, hostPid } from '../src/status.ts';
import { runningState } from './plans.ts';

const began = 1_700_000_000_000;
const startedAt = new Date(began).toISOString();
const nobody = { pid: 0, startTime: 0n };

const livePage: StatePage = {
  state: 'running',
  main: { pid: 2, startTime: 5n },
  supervisor: { pid: 1, startTime: 1n },
  guardian: nobody,
  restarts: 0,
  startedMs: began,
  finishedMs: 0,
  restartAtMs: 0,
  exit: undefined,
  lastExit: undefined,
  reason: undefined,
  health: 'unknown',
  logErrno: 0,
  ready: true,
  id: '4286f30c-ff71-40c4-92f1-dec51771c4c7',
  bootId: bootId(),
  name: 'web',
  message: '',
  firstPid: 2,
};

const statusOf = (
  container: Partial<ContainerState>,
  page: Partial<StatePage> = {},
  stopSignal: Signal = 'TERM',
): DaemonStatus =>
  daemonStatus(
    { container: { ...runningState, pid: 77, ...container }, page: { ...livePage, ...page }, key: 'k' },
    () => stopSignal,
  );

describe('while its container runs, its init tells', () => {
  test.each<[string, Partial<ContainerState>, Partial<StatePage>, object]>([
    ['running', {}, {}, { state: 'running', pid: 77, startedAt, restarts: 0 }],
    ['frozen by the engine', { state: 'paused' }, {}, { state: 'paused', pid: 77, startedAt, restarts: 0 }],
    ['stopped by a signal', {}, { state: 'paused' }, { state: 'paused', pid: 77, startedAt, restarts: 0 }],
    ['stopping', {}, { state: 'stopping' }, { state: 'stopping', pid: 77, startedAt, restarts: 0 }],
    [
      'frozen while stopping is stopping',
      { state: 'paused' },
      { state: 'stopping' },
      { state: 'stopping', pid: 77, startedAt, restarts: 0 },
    ],
    ['not ready yet', {}, { state: 'starting' }, { state: 'starting', pid: 77, startedAt, restarts: 0 }],
    [
      'between two runs: no PID, and the time of the next',
      {},
      { state: 'starting', main: nobody, restartAtMs: began, restarts: 2, exit: { code: 3 } },
      { state: 'starting', restartAt: startedAt, restarts: 2, lastExit: { code: 3 } },
    ],
    ['before its first word', {}, { state: 'created', main: nobody }, { state: 'starting', restarts: 0 }],
    [
      'started again by the engine',
      { state: 'restarting' },
      { restarts: 1 },
      { state: 'starting', restarts: 1 },
    ],
    [
      'with health and words of its own',
      {},
      { health: 'healthy', message: 'busy' },
      { state: 'running', pid: 77, startedAt, restarts: 0, health: 'healthy', message: 'busy' },
    ],
  ])('%s', (_, container, page, expected) => {
    expect(statusOf(container, page)).toEqual(expected);
  });
});

describe('what its init has said of its end counts, whatever the container is', () => {
  const states: ContainerState['state'][] = ['running', 'paused', 'exited', 'dead', 'removing', 'created'];

  test.each(states)('%s', (state) => {
    const page = { finishedMs: began + 1, exit: { code: 3 } } as const;
    const container = { state, exitCode: 137, oomKilled: true };
    expect(statusOf(container, { ...page, state: 'failed', reason: 'exit-code' })).toEqual({
      state: 'failed',
      reason: 'exit-code',
      exit: { code: 3 },
      restarts: 0,
      startedAt,
      finishedAt: new Date(began + 1).toISOString(),
    });
    expect(statusOf(container, { ...page, state: 'stopped', exit: { code: 0 } })).toMatchObject({
      state: 'stopped',
      exit: { code: 0 },
    });
  });
});

describe('a container that never ran', () => {
  test('is created', () => {
    expect(statusOf({ state: 'created' }, { state: 'created', main: nobody })).toEqual({
      state: 'created',
      restarts: 0,
    });
  });

  test('and that the engine could not start says why', () => {
    const container = { state: 'exited', error: 'no such network', exitCode: 128 } as const;
    expect(statusOf(container, { state: 'created', main: nobody })).toEqual({
      state: 'failed',
      reason: 'spawn',
      restarts: 0,
      message: 'no such network',
    });
  });
});

describe('a container that ended before its init could say so', () => {
  const finishedAt = '2026-11-24T21:53:16.425Z';
  const ended = (more: Partial<ContainerState>, page: Partial<StatePage> = {}, stopSignal?: Signal) =>
    statusOf({ state: 'exited', pid: 0, finishedAt, ...more }, page, stopSignal);

  test('was killed as a whole, and that is said', () => {
    expect(ended({ exitCode: 137 }, { restarts: 2, exit: { code: 3 } })).toEqual({
      state: 'failed',
      reason: 'signal',
      exit: { signal: 'SIGKILL' },
      lastExit: { code: 3 },
      restarts: 2,
      startedAt,
      finishedAt,
      message: expect.stringContaining('whole container was killed'),
    });
  });

  test.each<[string, number, object]>([
    ['0', 0, { state: 'stopped', exit: { code: 0 } }],
    ['1', 1, { state: 'failed', reason: 'exit-code', exit: { code: 1 } }],
    ['128', 128, { state: 'failed', reason: 'exit-code', exit: { code: 128 } }],
    ['134', 134, { state: 'failed', reason: 'signal', exit: { signal: 'SIGABRT' } }],
    ['139', 139, { state: 'failed', reason: 'signal', exit: { signal: 'SIGSEGV' } }],
    ['143', 143, { state: 'stopped', exit: { signal: 'SIGTERM' } }],
    ['255', 255, { state: 'failed', reason: 'exit-code', exit: { code: 255 } }],
  ])('with the code %s', (_, exitCode, expected) => {
    expect(ended({ exitCode })).toMatchObject(expected);
  });

  test('by a kill while it was being stopped: as asked, with nothing to explain', () => {
    const status = ended({ exitCode: 137 }, { state: 'stopping' });
    expect(status).toMatchObject({ state: 'stopped', exit: { signal: 'SIGKILL' } });
    expect(status).not.toHaveProperty('message');
  });

  test('by its own stop signal', () => {
    expect(ended({ exitCode: 138 }, { state: 'stopping' }, 'USR1')).toMatchObject({ state: 'stopped' });
    expect(ended({ exitCode: 138 }, { state: 'stopping' }, 'TERM')).toMatchObject({ state: 'failed' });
    expect(ended({ exitCode: 138 }, {}, 'USR1')).toMatchObject({ state: 'failed', reason: 'signal' });
  });

  test('out of memory, also while it was being stopped', () => {
    const oom = { exitCode: 137, oomKilled: true };
    for (const state of ['running', 'stopping'] as const)
      expect(ended(oom, { state })).toMatchObject({ state: 'failed', reason: 'oom' });
  });

  test.each(['dead', 'removing'] as const)('%s', (state) => {
    expect(ended({ state, exitCode: 137 })).toMatchObject({ state: 'failed', reason: 'signal' });
  });
});

test('the stop signal is read only when it matters', () => {
  const never = (): Signal => {
    throw new Error('not needed');
  };
  const found = { container: runningState, page: livePage, key: 'k' };
  expect(daemonStatus(found, never).state).toBe('running');
  expect(() => daemonStatus({ ...found, container: { ...runningState, state: 'exited' } }, never)).toThrow();
});

test('the PID on this machine is that of the child that has the PID of the container', async () => {
  const child = spawn('/bin/sleep', ['1000']);
  try {
    const container = { ...runningState, pid: process.pid };
    const pid = child.pid ?? 0;
    expect(hostPid({ container, page: { ...livePage, main: { pid, startTime: 0n } } })).toBe(pid);
    // None of them: the init's own.
    expect(hostPid({ container, page: { ...livePage, main: { pid: 1, startTime: 0n } } })).toBe(process.pid);
  } finally {
    child.kill('SIGKILL');
  }
});
