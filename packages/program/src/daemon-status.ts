import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import type { DaemonExit, DaemonStatus } from '@duende/core/contract';
import { bootId, isAlive } from './process-info.ts';
import type { PageExit, StatePage } from './state-page.ts';

let names: Map<number, string> | undefined;

/** Made when the first signal is to be named: most statuses have none. */
function signalName(number: number): string {
  names ??= new Map(Object.entries(constants.signals).map(([name, value]) => [value, name]));
  // Two names for one number: the usual one.
  names.set(constants.signals.SIGABRT, 'SIGABRT').set(constants.signals.SIGIO, 'SIGIO');
  return names.get(number) ?? `SIG${number}`;
}

function toExit(exit: PageExit): DaemonExit {
  if ('code' in exit) return { code: exit.code };
  const signal = signalName(exit.signal);
  return exit.core ? { signal, coreDumped: true } : { signal };
}

function messageOf(page: StatePage): string | undefined {
  if (page.logErrno !== 0) {
    return `log blocked: ${getSystemErrorMessage(-page.logErrno)} (nothing is lost, the daemon waits once its pipe is full)`;
  }
  return page.message || undefined;
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

function common(page: StatePage) {
  const message = messageOf(page);
  // While it runs, the newest exit is that of the run before.
  const ended = page.state === 'stopped' || page.state === 'failed';
  const lastExit = ended ? page.lastExit : page.exit;
  return {
    restarts: page.restarts,
    ...(message === undefined ? {} : { message }),
    ...(lastExit === undefined ? {} : { lastExit: toExit(lastExit) }),
    ...(page.health === 'unknown' ? {} : { health: page.health }),
  };
}

/** Whether anything still looks after the daemon: its supervisor, or the guardian that takes over from it. */
export function isSupervised(page: StatePage): boolean {
  if (page.bootId !== bootId()) return false;
  return isAlive(page.supervisor) || isAlive(page.guardian);
}

function lost(page: StatePage): DaemonStatus {
  const why =
    page.bootId === bootId()
      ? 'its supervisor and guardian were killed, and it has ended since'
      : 'the machine was restarted';
  return { ...common(page), state: 'failed', reason: 'lost', message: `How it ended is not known: ${why}` };
}

/** The status that a page means, together with what the kernel says of the processes in it, which the caller has asked once. */
export function statusOf(page: StatePage, supervised: boolean): DaemonStatus {
  const base = common(page);
  const ended = {
    ...base,
    ...(page.startedMs > 0 ? { startedAt: iso(page.startedMs) } : {}),
    ...(page.finishedMs > 0 ? { finishedAt: iso(page.finishedMs) } : {}),
    ...(page.exit === undefined ? {} : { exit: toExit(page.exit) }),
  };
  if (page.state === 'stopped') return { ...ended, state: 'stopped' };
  if (page.state === 'failed') return { ...ended, state: 'failed', reason: page.reason ?? 'lost' };
  if (!supervised) {
    if (page.bootId !== bootId() || !isAlive(page.main)) return lost(page);
    const message = 'nothing supervises it: its supervisor and guardian were killed';
    return { ...base, message, state: 'running', pid: page.main.pid, startedAt: iso(page.startedMs) };
  }
  if (page.state === 'created') return { ...base, state: 'created' };
  if (page.state === 'starting' || page.main.pid <= 0) {
    return {
      ...base,
      state: 'starting',
      ...(page.main.pid > 0 ? { pid: page.main.pid, startedAt: iso(page.startedMs) } : {}),
      ...(page.restartAtMs > 0 ? { restartAt: iso(page.restartAtMs) } : {}),
    };
  }
  return { ...base, state: page.state, pid: page.main.pid, startedAt: iso(page.startedMs) };
}
