import {
  type DaemonHandle,
  PlatformError,
  type PlatformErrorReason,
  type Signal,
} from '@duende/core/contract';
import { askSupervisor, isAlive, isSupervised } from '@duende/program';
import { isKept, requirePage } from './entry.ts';
import type { NativePaths } from './paths.ts';

function fail(
  handle: DaemonHandle,
  signal: Signal,
  reason: PlatformErrorReason,
  why: string,
  hint?: string,
): PlatformError {
  return new PlatformError('SignalFailed', `Cannot send ${signal} to ${handle.name}: ${why}`, {
    reason,
    platform: 'native',
    operation: 'signal',
    hint,
  });
}

/** Sends a signal through the daemon's parent, which alone can be sure whom a PID means. */
export async function signalDaemon(paths: NativePaths, handle: DaemonHandle, signal: Signal): Promise<void> {
  requirePage(paths, handle, 'SignalFailed', 'signal');
  const command = `signal ${handle.id} ${signal}`;
  const answer = await askSupervisor(paths.daemon(handle.name), command, () => isKept(paths, handle));
  if (answer === 'ok') return;
  if (answer === 'error not-found') throw fail(handle, signal, 'not-found', 'a later daemon has its name');
  if (answer === 'error permission-denied') {
    throw fail(handle, signal, 'permission-denied', 'it runs as another user', 'Run duende as root');
  }
  if (answer === 'timeout') throw fail(handle, signal, 'timeout', 'its supervisor does not answer');
  if (answer === 'gone') return signalOrphan(paths, handle, signal);
  throw fail(
    handle,
    signal,
    'not-running',
    'it is not running',
    `duende status ${handle.name} shows how it ended`,
  );
}

/** Nothing supervises it any more: PID and start time are compared right before. */
function signalOrphan(paths: NativePaths, handle: DaemonHandle, signal: Signal): void {
  const page = requirePage(paths, handle, 'SignalFailed', 'signal');
  if (isSupervised(page) || !isAlive(page.main)) {
    throw fail(
      handle,
      signal,
      'not-running',
      'it is not running',
      `duende status ${handle.name} shows how it ended`,
    );
  }
  try {
    process.kill(page.main.pid, `SIG${signal}`);
  } catch (cause) {
    const denied = (cause as NodeJS.ErrnoException).code === 'EPERM';
    throw fail(
      handle,
      signal,
      denied ? 'permission-denied' : 'not-running',
      denied ? 'it runs as another user' : 'it has just ended',
    );
  }
}
