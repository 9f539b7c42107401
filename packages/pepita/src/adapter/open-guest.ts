import type { DaemonHandle } from '@duende/core/contract';
import type { Context } from './context.ts';
import { requireDaemon } from './daemon.ts';
import { failed } from './failures.ts';
import { GuestSession } from './guest-session.ts';
import { isVmAlive } from './status.ts';
import { machineIdOf } from './vm-name.ts';

const operation = { code: 'StatusFailed', name: 'openGuest' } as const;

/** @throws PlatformError StatusFailed / not-found, not-running */
export async function openGuest(context: Context, handle: DaemonHandle): Promise<GuestSession> {
  const { record } = requireDaemon(context, handle, operation);
  try {
    if (isVmAlive(context, machineIdOf(record)))
      return await GuestSession.open(context.store.run(handle.name));
  } catch {
    // Its bridge has just gone.
  }
  throw failed(operation, `The VM of ${handle.name} does not run`, 'not-running');
}

export async function readConsole(context: Context, handle: DaemonHandle, lines: number): Promise<string[]> {
  const { record } = requireDaemon(context, handle, operation);
  return await context.vmm.console(machineIdOf(record), lines);
}
