import type { FailureReason } from '@duende/core/contract';
import type { DaemonSettings } from '../protocol/daemon-settings.ts';
import type { DaemonRecord } from './record.ts';

type Counters = Pick<DaemonRecord, 'attempt' | 'windowBegin' | 'windowCount'>;

export type NextStep =
  | { readonly phase: 'ended'; readonly reason: FailureReason | undefined }
  | ({ readonly phase: 'waiting'; readonly restartAt: number } & Counters);

/**
 * Pure: what follows the end of a run: the next run and when, or the end of the daemon.
 * @param failure why the run failed; `undefined`: it did not
 */
export function nextStep(
  record: Pick<DaemonRecord, 'startedAt' | 'stopAsked'> & Counters,
  restart: DaemonSettings['restart'],
  failure: FailureReason | undefined,
  now: number,
): NextStep {
  const { policy, delay, factor, maxDelay, maxRestarts, window } = restart;
  const isWanted = policy === 'on-failure' ? failure !== undefined : policy !== 'never';
  if (record.stopAsked || !isWanted) return { phase: 'ended', reason: failure };
  // A run that was longer than the window was a good one.
  const attempt = now - record.startedAt >= window ? 0 : record.attempt;
  const isNewWindow = record.windowCount === 0 || now - record.windowBegin >= window;
  const windowCount = isNewWindow ? 0 : record.windowCount;
  if (maxRestarts > 0 && windowCount >= maxRestarts) return { phase: 'ended', reason: 'restart-limit' };
  return {
    phase: 'waiting',
    // A power may be more than a number can be, and no delay times that is no number.
    restartAt: now + Math.min(delay * Math.min(factor ** attempt, Number.MAX_VALUE), maxDelay),
    attempt: attempt + 1,
    windowBegin: isNewWindow ? now : record.windowBegin,
    windowCount: windowCount + 1,
  };
}
