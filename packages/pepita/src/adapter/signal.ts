import type { DaemonHandle, PlatformErrorReason, Signal } from '@duende/core/contract';
import type { Context } from './context.ts';
import { askGuest } from './control.ts';
import { type Found, requireDaemon } from './daemon.ts';
import { asOperation, failed } from './failures.ts';
import { guestNumbers } from './guest-numbers.ts';
import { GuestSession } from './guest-session.ts';
import { daemonStatus, isFrozen } from './status.ts';
import { machineIdOf } from './vm-name.ts';

const operation = { code: 'SignalFailed', name: 'signal' } as const;

/** Milliseconds after which a line to a frozen guest is on its way: the guest hears it when it goes on. */
const frozenPatience = 300;

/** Lets a frozen VM go on, with the time that it is now. */
export async function resume(
  context: Context,
  { name, record }: Pick<Found, 'name' | 'record'>,
): Promise<void> {
  await context.vmm.resume(machineIdOf(record));
  // Without a bridge it hears the time from the next one.
  const session = await GuestSession.open(context.store.run(name)).catch(() => undefined);
  session?.sendClock();
  session?.close();
}

/** Freezes a VM. What the guest has measured right before holds until it goes on. */
async function freeze(context: Context, { name, record }: Found): Promise<void> {
  const measured = await guestNumbers(context, name, 1000).catch(() => undefined);
  context.store.setFrozen(name, measured && Object.fromEntries(measured.numbers));
  await context.vmm.pause(machineIdOf(record));
}

/**
 * Stop and Cont freeze all of the VM. The others go to the program through its init.
 * @throws PlatformError SignalFailed / not-running, not-found, permission-denied
 */
export async function signalDaemon(context: Context, handle: DaemonHandle, signal: Signal): Promise<void> {
  const fail = (reason: PlatformErrorReason, why: string, hint?: string) =>
    failed(operation, `Cannot send ${signal} to ${handle.name}: ${why}`, reason, hint);
  const notRunning = () =>
    fail('not-running', 'it is not running', `duende status ${handle.name} shows how it ended`);
  const found = requireDaemon(context, handle, operation);
  const { state } = await daemonStatus(context, found);
  if (state === 'stopped' || state === 'failed' || state === 'created') throw notRunning();
  // One that is booted again may have been frozen before its guest could say a word.
  const isPaused = state === 'paused' || (state === 'starting' && (await isFrozen(context, found.record)));
  try {
    if (signal === 'STOP') return await freeze(context, found);
    // Whoever kills means it: a frozen init could not pass it on.
    if (isPaused && (signal === 'CONT' || signal === 'KILL')) await resume(context, found);
    if (isPaused && signal === 'CONT') return;
  } catch (error) {
    throw asOperation(operation, error, `Cannot send ${signal} to ${handle.name}`);
  }
  const isDeaf = isPaused && signal !== 'KILL';
  const answer = await askGuest(
    context,
    found,
    `signal ${handle.id} ${signal}`,
    isDeaf ? frozenPatience : undefined,
  );
  if (answer === 'ok' || (isDeaf && answer === 'timeout')) return;
  if (answer === 'error not-found') throw fail('not-found', 'a later daemon has its name');
  if (answer === 'error permission-denied') throw fail('permission-denied', 'its init may not');
  if (answer === 'timeout') throw fail('timeout', 'its guest does not answer');
  throw notRunning();
}
