import { type DaemonHandle, type DaemonStatus, isTerminal, type StopOptions } from '@duende/core/contract';
import { type Context, requirePage } from './daemon.ts';
import { readStatus, waitForEnd } from './status.ts';
import { lengthenStop } from './stop-timeout.ts';
import { unitNameOf } from './unit-name.ts';
import { stopAskedMark } from './unit-page.ts';

const operation = { code: 'StatusFailed', name: 'stop' } as const;

/** Stops a daemon and everything in its unit. Whoever asks may go: the manager goes on with it by the spec's stopTimeout. */
export async function stopDaemon(
  context: Context,
  handle: DaemonHandle,
  { timeout }: StopOptions = {},
): Promise<DaemonStatus> {
  const status = await readStatus(context, handle, operation);
  if (isTerminal(status)) return status;
  const { manager, state } = context;
  const unit = unitNameOf(handle.name);
  const spec = state.spec(handle.name);
  const own = spec.stopTimeout;
  requirePage(context, handle, operation);
  state.mark(handle.name, stopAskedMark);
  const undo =
    timeout !== undefined && timeout > own ? await lengthenStop(context, handle.name, timeout) : undefined;
  await manager.stop(unit);
  const sooner = timeout !== undefined && timeout < own ? killLater(context, unit, timeout) : undefined;
  try {
    const ended = await waitForEnd(context, handle, {}, operation);
    // A stop that had to kill, or a stop signal of its own, makes systemd call the unit failed.
    if (ended.state === 'stopped') await manager.resetFailed(unit);
    // Stopped by somebody: it does not come back at the next boot either.
    if (spec.restart.policy === 'unless-stopped' && state.isInstalled(handle.name))
      await manager.disable([unit]);
    return ended;
  } finally {
    sooner?.cancel();
    await undo?.();
  }
}

/** Milliseconds between two looks whether something is left to be killed. */
const again = 100;

/** Kills what is in the unit after so many milliseconds, unless that is only the helper which notes how the run ended. */
function killLater({ manager }: Context, unit: string, milliseconds: number): { cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const kill = async (): Promise<void> => {
    const there = await manager.read(unit);
    if (over || there === undefined) return;
    // First what cannot be the helper, then what is left.
    if (there.mainPid > 0) await manager.kill(unit, 'main', 9);
    else if (there.sub !== 'stop-post') await manager.kill(unit, 'all', 9);
    timer = setTimeout(start, again);
  };
  // Whoever waits for the end is told of a manager that cannot be reached.
  const start = (): void => void kill().catch(() => undefined);
  timer = setTimeout(start, milliseconds);
  return {
    cancel: () => {
      over = true;
      clearTimeout(timer);
    },
  };
}
