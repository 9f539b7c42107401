import { describe, expect, test } from 'vitest';
import type { UnitState } from '../src/bus/manager.ts';
import { type StatusSource, statusOf } from '../src/status-of.ts';
import type { ExitSlot, UnitPage } from '../src/unit-page.ts';

const began = 1_700_000_000_000;
const none: ExitSlot = {
  kind: 'none',
  executed: false,
  beganMs: 0,
  status: '',
  result: '',
  invocation: '',
  timeMs: 0,
};

const slot = (over: Partial<ExitSlot>): ExitSlot => ({
  ...none,
  executed: true,
  beganMs: began,
  timeMs: began + 1000,
  ...over,
});

function source(
  page: Partial<UnitPage>,
  unit?: Partial<UnitState>,
  more: Partial<StatusSource> = {},
): StatusSource {
  return {
    page: {
      id: '00000000-0000-0000-0000-000000000000',
      bootId: '',
      name: 'web',
      stopAsked: false,
      tellsStatus: false,
      runsEnded: 0,
      notBeforeMs: 0,
      notBeforeWallMs: 0,
      runBeginWallMs: began,
      health: 'unknown',
      limitHit: false,
      spawner: { pid: 0, startTime: 0n },
      execErrno: 0,
      execStage: '',
      exit: none,
      previousExit: none,
      created: { monotonicUsec: 0n, wallUsec: 0n },
      ...page,
    },
    unit: unit && {
      active: 'active',
      sub: 'running',
      job: '',
      mainPid: 7,
      restarts: 0,
      statusText: '',
      environment: [],
      ...unit,
    },
    stopSignal: 'TERM',
    stopped: false,
    spawning: false,
    nowMs: 1000,
    sameBoot: true,
    ...more,
  };
}

describe('a unit that lives', () => {
  test.each([
    ['running', source({}, {}), { state: 'running', pid: 7 }],
    ['reloading counts as running', source({}, { active: 'reloading' }), { state: 'running', pid: 7 }],
    ['paused', source({}, {}, { stopped: true }), { state: 'paused', pid: 7 }],
    ['stopping', source({}, { active: 'deactivating', sub: 'stop-sigterm' }), { state: 'stopping', pid: 7 }],
    ['a stop that has not begun yet', source({}, { job: 'stop' }), { state: 'stopping', pid: 7 }],
    ['not ready yet', source({}, { active: 'activating', sub: 'start' }), { state: 'starting', pid: 7 }],
    [
      'RestartSec= runs',
      source({ notBeforeWallMs: began }, { active: 'activating', sub: 'auto-restart', mainPid: 0 }),
      { state: 'starting', restartAt: new Date(began).toISOString() },
    ],
    [
      'the helper waits for the rest of the backoff, and is not the daemon',
      source({ notBeforeMs: 2000, notBeforeWallMs: began }, { active: 'activating', sub: 'start' }),
      { state: 'starting', restartAt: new Date(began).toISOString() },
    ],
    [
      'with the end of the run before',
      source(
        { runsEnded: 1, exit: slot({ kind: 'exited', status: '3', result: 'exit-code' }) },
        { restarts: 1 },
      ),
      { state: 'running', restarts: 1, lastExit: { code: 3 } },
    ],
    ['with its own words', source({}, { statusText: 'busy' }), { message: 'busy' }],
    ['healthy', source({ health: 'healthy' }, {}), { health: 'healthy' }],
  ])('%s', (_, given, expected) => {
    expect(statusOf(given)).toMatchObject(expected);
  });

  test('while it waits it has no PID', () => {
    const waiting = source({ notBeforeMs: 2000 }, { active: 'activating', sub: 'start' });
    expect(statusOf(waiting)).not.toHaveProperty('pid');
  });
});

const ended = (exit: Partial<ExitSlot>, page: Partial<UnitPage> = {}, unit?: Partial<UnitState>) =>
  statusOf(source({ runsEnded: 1, exit: slot(exit), ...page }, unit));

test('a spawn that has not come to its unit yet is no end', () => {
  expect(statusOf(source({}, undefined, { spawning: true }))).toEqual({ state: 'created', restarts: 0 });
});

test('a unit whose job has not begun is no end either', () => {
  const waiting = { active: 'inactive', sub: 'dead', job: 'start' };
  expect(statusOf(source({}, waiting, { spawning: true }))).toEqual({ state: 'created', restarts: 0 });
  expect(statusOf(source({ runsEnded: 1 }, waiting))).toMatchObject({ state: 'starting' });
});

describe('a unit that has ended', () => {
  test.each([
    [
      'exit 0',
      ended({ kind: 'exited', status: '0', result: 'success' }),
      { state: 'stopped', exit: { code: 0 } },
    ],
    [
      'exit 3',
      ended({ kind: 'exited', status: '3', result: 'exit-code' }),
      { state: 'failed', reason: 'exit-code', exit: { code: 3 } },
    ],
    [
      'SIGSEGV with a core',
      ended({ kind: 'dumped', status: 'SEGV', result: 'core-dump' }),
      { state: 'failed', reason: 'signal', exit: { signal: 'SIGSEGV', coreDumped: true } },
    ],
    ['SIGTERM', ended({ kind: 'killed', status: 'TERM', result: 'success' }), { state: 'stopped' }],
    ['out of memory', ended({ kind: 'killed', status: 'KILL', result: 'oom-kill' }), { reason: 'oom' }],
    ['watchdog', ended({ kind: 'killed', status: 'ABRT', result: 'watchdog' }), { reason: 'watchdog' }],
    [
      'not ready in time',
      ended({ kind: 'killed', status: 'TERM', result: 'timeout' }),
      { reason: 'start-timeout' },
    ],
    [
      'killed by the stop that was asked for',
      ended({ kind: 'killed', status: 'KILL', result: 'timeout' }, { stopAsked: true }),
      { state: 'stopped', exit: { signal: 'SIGKILL' } },
    ],
    [
      'out of memory while being stopped',
      ended({ kind: 'killed', status: 'KILL', result: 'oom-kill' }, { stopAsked: true }),
      { state: 'failed', reason: 'oom' },
    ],
    [
      'restarted too often: only the manager says so',
      ended({ kind: 'exited', status: '1', result: 'exit-code' }, {}, { active: 'failed', restarts: 1 }),
      { state: 'failed', reason: 'restart-limit', exit: { code: 1 } },
    ],
    [
      'a restart that could not be executed',
      ended({ kind: 'exited', executed: false, beganMs: 0, status: '203', result: 'exit-code' }),
      { state: 'failed', reason: 'spawn' },
    ],
    ['nothing is known', statusOf(source({})), { state: 'failed', reason: 'lost' }],
  ])('%s', (_, status, expected) => {
    expect(status).toMatchObject(expected);
  });

  test('restarts are counted by its runs when systemd has forgotten the unit', () => {
    expect(ended({ kind: 'exited', status: '0', result: 'success' }, { runsEnded: 4 }).restarts).toBe(3);
  });
});
