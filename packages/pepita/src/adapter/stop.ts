import { type DaemonHandle, type DaemonStatus, isTerminal, type StopOptions } from '@duende/core/contract';
import { statusOf } from '@duende/program';
import type { Context } from './context.ts';
import { askGuest } from './control.ts';
import { type Found, requireDaemon } from './daemon.ts';
import { asOperation } from './failures.ts';
import { resume } from './signal.ts';
import { daemonStatus, isBridged, isGuestUp, isVmAlive } from './status.ts';
import { machineIdOf } from './vm-name.ts';
import { telling, untilChanged } from './wait.ts';

const operation = { code: 'StatusFailed', name: 'stop' } as const;

/** Milliseconds that a guest may take for its part of a stop, besides the timeout of the daemon. */
const guestPatience = 5000;
/** Milliseconds that a machine may take to switch itself off. */
const powerOffPatience = 3000;

/** Resolves when a VM has ended by itself, or has been killed because it did not. */
async function untilVmEnded(context: Context, { name, record }: Found): Promise<void> {
  const vmId = machineIdOf(record);
  const gone = async () => (isVmAlive(context, vmId) || isBridged(context, vmId) ? undefined : true);
  const files = [...telling(context, name, vmId), context.paths.bridgeState(vmId)];
  try {
    await untilChanged(files, gone, AbortSignal.timeout(powerOffPatience));
  } catch {
    await context.vmm.kill(vmId);
    await stopBridge(context, vmId);
  }
}

async function stopBridge(context: Context, vmId: string): Promise<void> {
  const bridges = await context.bridges();
  const handle = await bridges.find(vmId);
  if (handle) await bridges.stop(handle, { timeout: 500 });
}

/** Its guest does not do it: the whole VM is killed, as a process is that does not stop. */
async function killVm(context: Context, found: Found): Promise<void> {
  const { name, record } = found;
  const page = context.store.page(name);
  const { restarts, startedAt } = statusOf(
    typeof page === 'object' ? page : found.page,
    true,
  ) as DaemonStatus & {
    startedAt?: string;
  };
  context.store.setEnd(name, {
    state: 'stopped',
    restarts,
    exit: { signal: 'SIGKILL' },
    message: 'Its VM was killed: the guest did not stop in time',
    ...(startedAt ? { startedAt } : {}),
    finishedAt: new Date().toISOString(),
  });
  await context.vmm.kill(machineIdOf(record));
  await stopBridge(context, machineIdOf(record));
}

/** Asks the guest, and waits for the end of the daemon. False when nothing comes of it. */
async function stopGuest(
  context: Context,
  found: Found,
  handle: DaemonHandle,
  timeout?: number,
): Promise<boolean> {
  const { stopTimeout } = context.store.spec(found.name);
  const limit = AbortSignal.timeout((timeout ?? stopTimeout) + guestPatience);
  const answer = await askGuest(context, found, `stop ${handle.id} ${timeout ?? -1}`);
  if (answer === 'timeout' || answer === 'gone') return false;
  const ended = async (): Promise<true | undefined> =>
    isTerminal(await daemonStatus(context, requireDaemon(context, handle, operation))) || undefined;
  try {
    return await untilChanged(telling(context, found.name, machineIdOf(found.record)), ended, limit);
  } catch (error) {
    if (limit.aborted) return false;
    throw error;
  }
}

/** Stops a daemon, everything that it started, and its VM. @throws PlatformError StatusFailed / not-found, timeout */
export async function stopDaemon(
  context: Context,
  handle: DaemonHandle,
  { timeout }: StopOptions = {},
): Promise<DaemonStatus> {
  const found = requireDaemon(context, handle, operation);
  const status = await daemonStatus(context, found);
  // A spawn is at it: it makes the VM, or takes everything back.
  const isBeingMade = found.page.state === 'created' && !isVmAlive(context, machineIdOf(found.record));
  if (isBeingMade && !isTerminal(status)) return status;
  try {
    if (!isTerminal(status) && status.state !== 'created') {
      if (status.state === 'paused') await resume(context, found);
      // While the VM is started again there is nobody to ask.
      const isUp = isGuestUp(context, found);
      if (!(isUp && (await stopGuest(context, found, handle, timeout)))) await killVm(context, found);
    }
    // It has said how it ended; what is left of the VM goes in moments.
    await untilVmEnded(context, found);
  } catch (error) {
    throw asOperation(operation, error, `Cannot stop ${handle.name}`);
  }
  return await daemonStatus(context, requireDaemon(context, handle, operation));
}
