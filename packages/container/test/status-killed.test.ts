import type { Signal } from '@duende/core';
import type { StatePage } from '@duende/program';
import { describe, expect, test } from 'vitest';
import type { ContainerState } from '../src/engine/engine.ts';
import { startedAt, statusOf } from './status-of.ts';

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
