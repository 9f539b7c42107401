import { describe, expect, test } from 'vitest';
import { classifyExit, type DaemonExit, type DaemonStatus, isTerminal, type Signal } from '../src/index.ts';

describe('classifyExit', () => {
  test.each<[DaemonExit, { asked: boolean; signal?: Signal } | undefined, string]>([
    [{ code: 0 }, undefined, 'stopped'],
    [{ code: 3 }, undefined, 'exit-code'],
    [{ code: 3 }, { asked: true }, 'exit-code'],
    [{ code: 143 }, undefined, 'exit-code'],
    [{ signal: 'SIGTERM' }, undefined, 'stopped'],
    [{ signal: 'SIGINT' }, undefined, 'stopped'],
    [{ signal: 'SIGKILL' }, undefined, 'signal'],
    [{ signal: 'SIGKILL' }, { asked: true }, 'stopped'],
    [{ signal: 'SIGHUP' }, undefined, 'signal'],
    [{ signal: 'SIGHUP' }, { asked: true, signal: 'HUP' }, 'stopped'],
    [{ signal: 'SIGHUP' }, { asked: true }, 'signal'],
    [{ signal: 'SIGHUP' }, { asked: false, signal: 'HUP' }, 'signal'],
    [{ signal: 'SIGSEGV', coreDumped: true }, undefined, 'signal'],
    [{ signal: 'SIGSEGV' }, { asked: true }, 'signal'],
  ])('%j, stop %j: %s', (exit, stop, outcome) => {
    const result = classifyExit(exit, stop);
    expect(result.state === 'failed' ? result.reason : result.state).toBe(outcome);
  });
});

test('only stopped and failed are terminal', () => {
  const live = { restarts: 0, pid: 1, startedAt: '2026-01-01T00:00:00Z' };
  const states: DaemonStatus[] = [
    { state: 'created', restarts: 0 },
    { state: 'starting', restarts: 0 },
    { state: 'running', ...live },
    { state: 'paused', ...live },
    { state: 'stopping', ...live },
    { state: 'stopped', restarts: 0 },
    { state: 'failed', reason: 'oom', restarts: 0 },
  ];
  expect(states.filter(isTerminal).map(({ state }) => state)).toEqual(['stopped', 'failed']);
});
