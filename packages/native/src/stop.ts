import { setTimeout as delay } from 'node:timers/promises';
import {
  type DaemonHandle,
  type DaemonStatus,
  isTerminal,
  PlatformError,
  type StopOptions,
} from '@duende/core/contract';
import { askSupervisor, descendants, isAlive } from '@duende/program';
import { currentStatus, isKept, requirePage } from './entry.ts';
import type { NativePaths } from './paths.ts';
import { waitForEnd } from './wait.ts';

/** Stops a daemon and everything that it started. @throws PlatformError StatusFailed / not-found, timeout, permission-denied */
export async function stopDaemon(
  paths: NativePaths,
  handle: DaemonHandle,
  { timeout }: StopOptions = {},
): Promise<DaemonStatus> {
  const status = currentStatus(paths, handle, 'StatusFailed', 'stop');
  if (isTerminal(status)) return status;
  const command = `stop ${handle.id} ${timeout ?? -1}`;
  const answer = await askSupervisor(paths.daemon(handle.name), command, () => isKept(paths, handle));
  if (answer === 'timeout') {
    throw new PlatformError('StatusFailed', `Cannot stop ${handle.name}: its supervisor does not answer`, {
      reason: 'timeout',
      platform: 'native',
      operation: 'stop',
    });
  }
  if (answer === 'gone') return await stopOrphan(paths, handle, timeout ?? 10_000);
  return await waitForEnd(paths, handle);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Supervisor and guardian were both killed: the same from here, with what is still below the daemon's own process. */
async function stopOrphan(paths: NativePaths, handle: DaemonHandle, timeout: number): Promise<DaemonStatus> {
  const { main, state } = requirePage(paths, handle, 'StatusFailed', 'stop');
  if (state === 'stopped' || state === 'failed') return currentStatus(paths, handle, 'StatusFailed', 'stop');
  const tree = descendants([main.pid]).map(({ pid, startTime }) => ({ pid, startTime }));
  if (isAlive(main)) send(main.pid, 'SIGTERM');
  for (const until = Date.now() + timeout; isAlive(main) && Date.now() < until; ) await delay(20);
  for (const process of [main, ...tree]) if (isAlive(process)) send(process.pid, 'SIGKILL');
  for (let round = 0; round < 250 && [main, ...tree].some(isAlive); round += 1) await delay(20);
  return currentStatus(paths, handle, 'StatusFailed', 'stop');
}
