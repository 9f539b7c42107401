import { type DaemonHandle, isTerminal, PlatformError, type RemoveOptions } from '@duende/core/contract';
import { discard } from './claim.ts';
import type { Context } from './context.ts';
import { type Found, requireDaemon } from './daemon.ts';
import { asOperation, failed } from './failures.ts';
import { daemonStatus } from './status.ts';
import { vmIdOf } from './vm-name.ts';

const operation = { code: 'StatusFailed', name: 'remove' } as const;

/** Forgets a daemon that has ended, with its log and its VM. @throws PlatformError StatusFailed / engine-error when it still runs */
export async function removeDaemon(
  context: Context,
  handle: DaemonHandle,
  { force = false }: RemoveOptions,
): Promise<void> {
  let found: Found | undefined;
  try {
    found = requireDaemon(context, handle, operation);
  } catch (error) {
    if (!PlatformError.isInstance(error)) throw error;
    // Removed, or replaced by a later one: gone as asked.
    if (error.reason === 'not-found') return;
    if (error.reason !== 'engine-error') throw error;
  }
  if (found !== undefined && !force && !isTerminal(await daemonStatus(context, found))) {
    throw failed(
      operation,
      `Cannot remove ${handle.name}: it is running`,
      'engine-error',
      `Stop it first (duende stop ${handle.name}), or force it (duende rm --force ${handle.name})`,
    );
  }
  try {
    await discard(context, handle.name, vmIdOf(handle.name));
  } catch (error) {
    throw asOperation(operation, error, `Cannot remove ${handle.name}`);
  }
}
