import { describe, expect, it } from 'vitest';
import { judgeEnd } from '../src/supervise/ending.ts';
import { readNotice } from '../src/supervise/notify-lines.ts';
import { nextStep } from '../src/supervise/policy.ts';

const fate = { stopSignal: undefined, timedOut: false, unhealthy: false };

describe('the end of a run', () => {
  it.each([
    [{ code: 0 }, fate, undefined],
    [{ code: 3 }, fate, 'exit-code'],
    [{ code: 1, oom: true as const }, fate, 'oom'],
    [{ signal: 'SIGTERM' }, fate, undefined],
    [{ signal: 'SIGKILL' }, fate, 'signal'],
    [{ signal: 'SIGKILL' }, { ...fate, stopSignal: 'TERM' as const }, undefined],
    [{ signal: 'SIGHUP' }, { ...fate, stopSignal: 'HUP' as const }, undefined],
    [{ signal: 'SIGSEGV' }, { ...fate, stopSignal: 'HUP' as const }, 'signal'],
    [{ signal: 'SIGKILL' }, { ...fate, timedOut: true }, 'start-timeout'],
    [{ code: 0 }, { ...fate, unhealthy: true }, 'watchdog'],
    [undefined, fate, 'lost'],
  ])('%j, %j: %s', (exit, given, failure) => {
    expect(judgeEnd(exit, given).failure).toBe(failure);
  });
});

describe('what follows it', () => {
  const restart = {
    policy: 'on-failure',
    delay: 100,
    factor: 2,
    maxDelay: 1000,
    maxRestarts: 3,
    window: 10_000,
  } as const;
  const record = { startedAt: 0, stopAsked: false, attempt: 0, windowBegin: 0, windowCount: 0 };

  it('is another run, later each time, up to the limit', () => {
    let now = 1000;
    let state = record;
    const delays: number[] = [];
    for (;;) {
      const step = nextStep({ ...state, startedAt: now }, restart, 'exit-code', now);
      if (step.phase === 'ended') {
        expect(step.reason).toBe('restart-limit');
        break;
      }
      delays.push(step.restartAt - now);
      state = { ...record, ...step };
      now = step.restartAt;
    }
    expect(delays).toEqual([100, 200, 400]);
  });

  it.each([
    [{ ...restart, maxRestarts: 0, factor: 100 }, 5000, 1000],
    [{ ...restart, maxRestarts: 0, delay: 0, factor: 100 }, 5000, 0],
    [{ ...restart, maxRestarts: 0, factor: 1 }, 5000, 100],
  ])('after many restarts is bounded: %j', (settings, attempt, delay) => {
    expect(nextStep({ ...record, attempt }, settings, 'signal', 1000)).toMatchObject({
      restartAt: 1000 + delay,
    });
  });

  it('begins anew after a run that was longer than the window', () => {
    const worn = { ...record, attempt: 9, windowBegin: 1, windowCount: 3 };
    expect(nextStep(worn, restart, 'signal', 20_000)).toEqual({
      ...{ phase: 'waiting', restartAt: 20_100 },
      ...{ attempt: 1, windowBegin: 20_000, windowCount: 1 },
    });
  });

  it.each([
    ['never', 'signal', false],
    ['on-failure', undefined, false],
    ['on-failure', 'lost', true],
    ['always', undefined, true],
    ['unless-stopped', undefined, true],
  ] as const)('%s after %s: %s', (policy, failure, again) => {
    const step = nextStep(record, { ...restart, policy }, failure, 5);
    expect(step.phase).toBe(again ? 'waiting' : 'ended');
    const stopped = nextStep({ ...record, stopAsked: true }, { ...restart, policy }, failure, 5);
    expect(stopped).toEqual({ phase: 'ended', reason: failure });
  });
});

it('lines of sd_notify(3) are read', () => {
  expect(readNotice('STATUS=a=b\nREADY=1')).toEqual({ isReady: true, status: 'a=b' });
  expect(readNotice('READY=0\nFDSTORE=1\nSTATUS=')).toEqual({ isReady: false, status: '' });
  expect(readNotice(`STATUS=${'x'.repeat(5000)}`).status).toHaveLength(1000);
});
