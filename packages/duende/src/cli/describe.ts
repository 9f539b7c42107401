import {
  type DaemonExit,
  type DaemonHandle,
  type DaemonStatus,
  type FailureReason,
  formatDuration,
  isTerminal,
} from '@duende/core/contract';
import { plain } from './table.ts';

const reasons: Readonly<Record<FailureReason, string>> = {
  'exit-code': 'ended with an error',
  signal: 'ended by a signal',
  oom: 'used more memory than it may',
  'start-timeout': 'was not ready in time',
  watchdog: 'failed its health check',
  'restart-limit': 'was restarted too often',
  spawn: 'could not be started',
  lost: 'nobody saw how it ended',
};

export function describeExit(exit: DaemonExit): string {
  if ('code' in exit) return `exit code ${exit.code}`;
  return `${exit.signal}${exit.coreDumped ? ', core dumped' : ''}`;
}

/** Why it is in its state, in a few words; empty when there is nothing to say. */
export function describeReason(status: DaemonStatus): string {
  const exit = 'exit' in status && status.exit ? describeExit(status.exit) : '';
  if (status.state !== 'failed') return exit;
  const reason = reasons[status.reason];
  return exit ? `${reason} (${exit})` : reason;
}

/** What `ps` says beside the state. */
export function describeMessage(status: DaemonStatus): string {
  const parts = [describeReason(status)];
  if (status.health === 'unhealthy') parts.push('unhealthy');
  if (status.message) parts.push(plain(status.message));
  return parts.filter((part) => part !== '').join('; ');
}

/** `web stopped (exit code 0)`. */
export function describeEnd(handle: DaemonHandle, status: DaemonStatus): string {
  const reason = describeReason(status);
  const what = isTerminal(status) ? status.state : `is ${status.state}`;
  return reason ? `${handle.name} ${what} (${reason})` : `${handle.name} ${what}`;
}

/** What the platform calls the daemon: `PID 4711`, `unit duende-web.service`. */
export function describeHandle({ data }: DaemonHandle): string {
  switch (data.kind) {
    case 'native':
    case 'wos':
      return `PID ${data.pid}`;
    case 'systemd':
      return `unit ${data.unitName}`;
    case 'launchd':
      return `job ${data.label}`;
    case 'container':
      return `${data.runtime} container ${data.containerId.slice(0, 12)}`;
    case 'pepita':
      return `microVM ${data.vmId}`;
  }
}

/** Milliseconds since an ISO time; never negative, since clocks are set back. */
export function ageOf(time: string, now: number = Date.now()): number {
  return Math.max(0, now - Date.parse(time));
}

/** `5m 3s ago`. */
export function ago(time: string): string {
  return `${formatDuration(ageOf(time))} ago`;
}

/** `in 3s`. */
export function until(time: string): string {
  const left = Date.parse(time) - Date.now();
  return left > 0 ? `in ${formatDuration(left)}` : 'now';
}
