import { type DaemonHandle, linuxSignalNumbers, type Signal } from '@duende/core/contract';
import { busErrorKind } from './bus/errors.ts';
import { type Context, failure, monotonicMs, readUnit, requirePage } from './daemon.ts';
import { unitNameOf } from './unit-name.ts';

const operation = { code: 'SignalFailed', name: 'signal' } as const;

/**
 * Sends a signal through the manager, the parent, which alone can be sure whom a PID means. STOP and CONT go to everything in the
 * unit, all other signals to the daemon's own process.
 */
export async function signalDaemon(context: Context, handle: DaemonHandle, signal: Signal): Promise<void> {
  const page = requirePage(context, handle, operation);
  const notRunning = () =>
    failure(
      operation,
      `Cannot send ${signal} to ${handle.name}: it is not running`,
      'not-running',
      `duende status ${handle.name} shows how it ended`,
    );
  const unit = await readUnit(context, page);
  // Between two runs the main process is the helper that waits.
  if (unit === undefined || unit.mainPid <= 0 || page.notBeforeMs > monotonicMs()) throw notRunning();
  const whom = signal === 'STOP' || signal === 'CONT' ? 'all' : 'main';
  try {
    if (!(await context.manager.kill(unitNameOf(handle.name), whom, linuxSignalNumbers[signal])))
      throw notRunning();
  } catch (cause) {
    if (!['AccessDenied', 'InteractiveAuthorizationRequired'].includes(busErrorKind(cause))) throw cause;
    throw failure(
      operation,
      `Cannot send ${signal} to ${handle.name}: systemd does not allow it`,
      'permission-denied',
      'Run duende as root',
      cause,
    );
  }
}
