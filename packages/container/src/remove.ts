import { type DaemonHandle, isTerminal, PlatformError, type RemoveOptions } from '@duende/core/contract';
import {
  type Context,
  containerIdOf,
  type Found,
  failure,
  inspect,
  requireDaemon,
  translate,
} from './daemon.ts';
import { labelNames } from './labels.ts';
import { daemonStatus } from './status.ts';
import { stopDaemon } from './stop.ts';

const operation = { code: 'StatusFailed', name: 'remove' } as const;

/** Forgets a daemon that has ended, with its log. @throws PlatformError StatusFailed / engine-error when it still runs */
export async function removeDaemon(
  context: Context,
  handle: DaemonHandle,
  { force = false }: RemoveOptions,
): Promise<void> {
  let found: Found;
  try {
    found = await requireDaemon(context, handle, operation);
  } catch (error) {
    if (!PlatformError.isInstance(error)) throw error;
    // Removed, or replaced by a later one: gone as asked.
    if (error.reason === 'not-found') return;
    if (error.reason === 'engine-error') return await removeDamaged(context, handle, error);
    throw error;
  }
  const { container, key } = found;
  if (force) await stopDaemon(context, handle, { timeout: 0 });
  else if (!isTerminal(daemonStatus(found, () => context.state.spec(key).stopSignal))) {
    throw failure(
      operation,
      `Cannot remove ${handle.name}: it is running`,
      'engine-error',
      `Stop it first (duende stop ${handle.name}), or force it (duende rm --force ${handle.name})`,
    );
  }
  await discardContainer(context, handle, container.id, key);
}

/** Nothing is known but that the container is ours. */
async function removeDamaged(context: Context, handle: DaemonHandle, error: PlatformError): Promise<void> {
  const container = await inspect(context, containerIdOf(context, handle, operation), operation);
  const key = container?.labels[labelNames.key];
  if (
    container === undefined ||
    key === undefined ||
    container.labels[labelNames.state] !== context.state.base
  )
    throw error;
  await discardContainer(context, handle, container.id, key);
}

async function discardContainer(
  { engine, state }: Context,
  handle: DaemonHandle,
  id: string,
  key: string,
): Promise<void> {
  try {
    await engine.remove(id);
  } catch (error) {
    throw translate({ engine }, error, operation, `cannot remove ${handle.name}`);
  }
  state.remove(key);
}
