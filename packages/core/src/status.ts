import type { Signal } from './signal.ts';

/** How a main process ended: with an exit code, or by a signal (`SIGSEGV`; not only the nine). */
export type DaemonExit =
  | { readonly code: number }
  | { readonly signal: string; readonly coreDumped?: boolean };

/** Why a daemon counts as failed. */
export const failureReasons = [
  'exit-code',
  'signal',
  'oom',
  'start-timeout',
  'watchdog',
  'restart-limit',
  'spawn',
  /** The platform can no longer say how it ended: the machine rebooted, or everything that watched it was killed. */
  'lost',
] as const;
export type FailureReason = (typeof failureReasons)[number];

export const daemonStates = [
  'created',
  'starting',
  'running',
  'paused',
  'stopping',
  'stopped',
  'failed',
] as const;
export type DaemonState = (typeof daemonStates)[number];

interface Common {
  /** Automatic restarts since spawn. */
  readonly restarts: number;
  /** Why, for people: the last error, a status text of the daemon, a blocked log. */
  readonly message?: string;
  /** How the previous run ended, when there was one. */
  readonly lastExit?: DaemonExit;
  /** `healthy` or `unhealthy` once a health check has answered. */
  readonly health?: 'unknown' | 'healthy' | 'unhealthy';
}

interface Live extends Common {
  readonly pid: number;
  /** ISO 8601, of the current run. */
  readonly startedAt: string;
}

interface Ended extends Common {
  readonly pid?: undefined;
  readonly startedAt?: string;
  /** ISO 8601. */
  readonly finishedAt?: string;
}

/** What a daemon is doing now. `stopped` and `failed` are terminal. */
export type DaemonStatus =
  | (Common & { readonly state: 'created'; readonly pid?: undefined })
  | (Common & {
      /** Being started, not ready yet, or waiting for its next restart (`restartAt`). */
      readonly state: 'starting';
      readonly pid?: number;
      readonly startedAt?: string;
      readonly restartAt?: string;
    })
  | (Live & { readonly state: 'running' | 'paused' | 'stopping' })
  | (Ended & { readonly state: 'stopped'; readonly exit?: DaemonExit })
  | (Ended & { readonly state: 'failed'; readonly reason: FailureReason; readonly exit?: DaemonExit });

export function isTerminal(
  status: DaemonStatus,
): status is Extract<DaemonStatus, { state: 'stopped' | 'failed' }> {
  return status.state === 'stopped' || status.state === 'failed';
}

/**
 * The terminal state that an exit means, the same on every platform: `stopped` after exit 0, after SIGTERM or SIGINT
 * (polite requests to end, as systemd counts them), and, when a stop was asked for, after the stop signal or the
 * kill that follows it. Everything else is `failed`.
 */
export function classifyExit(
  exit: DaemonExit,
  stop: { readonly asked: boolean; readonly signal?: Signal } = { asked: false },
): { readonly state: 'stopped' } | { readonly state: 'failed'; readonly reason: 'exit-code' | 'signal' } {
  if ('code' in exit)
    return exit.code === 0 ? { state: 'stopped' } : { state: 'failed', reason: 'exit-code' };
  const clean = ['SIGTERM', 'SIGINT'];
  if (stop.asked) clean.push('SIGKILL', `SIG${stop.signal ?? 'TERM'}`);
  return clean.includes(exit.signal) ? { state: 'stopped' } : { state: 'failed', reason: 'signal' };
}
