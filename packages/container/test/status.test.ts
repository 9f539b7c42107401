import { spawn } from 'node:child_process';
import type { Signal } from '@duende/core';
import type { StatePage } from '@duende/program';
import { describe, expect, test } from 'vitest';
import type { ContainerState } from '../src/engine/engine.ts';
import { daemonStatus, hostPid } from '../src/status.ts';
import { runningState } from './plans.ts';
import { began, initPid, livePage, nobody, startedAt, statusOf } from './status-of.ts';

describe('while its container runs, its init tells', () => {
  test.each<[string, Partial<ContainerState>, Partial<StatePage>, object]>([
    ['running', {}, {}, { state: 'running', pid: initPid, startedAt, restarts: 0 }],
    [
      'frozen by the engine',
      { state: 'paused' },
      {},
      { state: 'paused', pid: initPid, startedAt, restarts: 0 },
    ],
    [
      'stopped by a signal',
      {},
      { state: 'paused' },
      { state: 'paused', pid: initPid, startedAt, restarts: 0 },
    ],
    ['stopping', {}, { state: 'stopping' }, { state: 'stopping', pid: initPid, startedAt, restarts: 0 }],
    [
      'frozen while stopping is stopping',
      { state: 'paused' },
      { state: 'stopping' },
      { state: 'stopping', pid: initPid, startedAt, restarts: 0 },
    ],
    ['not ready yet', {}, { state: 'starting' }, { state: 'starting', pid: initPid, startedAt, restarts: 0 }],
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
      { state: 'running', pid: initPid, startedAt, restarts: 0, health: 'healthy', message: 'busy' },
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
