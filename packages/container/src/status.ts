import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import {
  classifyExit,
  type DaemonExit,
  type DaemonHandle,
  type DaemonStatus,
  type Signal,
} from '@duende/core/contract';
import { type StatePage, statusOf } from '@duende/program';
import { type Context, type Found, type Operation, requireDaemon } from './daemon.ts';
import type { ContainerState } from './engine/engine.ts';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

/** The last of NSpid, proc_pid_status(5): the PID in the innermost namespace. */
function innerPid(pid: number): number {
  return Number(/^NSpid:.*?(\d+)\s*$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

/**
 * The PID on this machine of the program, which our init knows by its PID in the container. The init's own where /proc does not
 * tell (an engine in a virtual machine).
 */
export function hostPid({ container, page }: Pick<Found, 'container' | 'page'>): number {
  const init = container.pid;
  const children = read(`/proc/${init}/task/${init}/children`)
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map(Number);
  return children.find((pid) => innerPid(pid) === page.main.pid) ?? init;
}

export const isRunning = ({ state }: Pick<ContainerState, 'state'>): boolean =>
  state === 'running' || state === 'paused' || state === 'restarting';

const hasEnded = ({ state }: Pick<StatePage, 'state'>): boolean => state === 'stopped' || state === 'failed';

/** Of two names of a number the usual one, which comes first: SIGABRT, SIGIO. */
const byNumber = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/** Engines give 128 and the signal's number for a container that was killed. */
function exitOf(code: number): DaemonExit {
  const signal = code > 128 ? byNumber.get(code - 128) : undefined;
  return signal === undefined ? { code } : { signal };
}

/** The container has ended, and our init could not say how: it was killed with everything else. */
function killed({ container, page }: Found, stopSignal: Signal): DaemonStatus {
  const { restarts, lastExit, startedAt } = statusOf(page, true) as DaemonStatus & { startedAt?: string };
  const { exitCode, oomKilled, finishedAt } = container;
  const exit = exitOf(exitCode);
  const common = {
    restarts,
    exit,
    ...(lastExit ? { lastExit } : {}),
    ...(startedAt ? { startedAt } : {}),
    ...(finishedAt ? { finishedAt } : {}),
  };
  if (oomKilled) return { ...common, state: 'failed', reason: 'oom' };
  const asked = page.state === 'stopping';
  const message = 'The whole container was killed: by the engine, its restart, or by hand';
  const end = classifyExit(exit, { asked, signal: stopSignal });
  return { ...common, ...end, ...(asked ? {} : { message }) };
}

/** Pure but for /proc: what the engine and our init know, as a status. */
export function daemonStatus(found: Found, stopSignal: () => Signal): DaemonStatus {
  const { container, page } = found;
  if (hasEnded(page)) return statusOf(page, true);
  if (container.state === 'created') return { state: 'created', restarts: page.restarts };
  if (!isRunning(container)) {
    if (container.error && page.state === 'created') {
      return { state: 'failed', reason: 'spawn', restarts: page.restarts, message: container.error };
    }
    return killed(found, stopSignal());
  }
  const status = statusOf(page, true);
  if (container.state === 'restarting') return { state: 'starting', restarts: status.restarts };
  if (status.state === 'created') return { state: 'starting', restarts: status.restarts };
  const pid = status.pid === undefined ? {} : { pid: hostPid(found) };
  const state =
    container.state === 'paused' && status.state === 'running' ? { state: 'paused' as const } : {};
  return { ...status, ...pid, ...state } as DaemonStatus;
}

/** @throws PlatformError StatusFailed / not-found, unavailable ... */
export async function readStatus(
  context: Context,
  handle: DaemonHandle,
  operation: Operation,
): Promise<DaemonStatus> {
  const found = await requireDaemon(context, handle, operation);
  return daemonStatus(found, () => context.state.spec(found.key).stopSignal);
}
