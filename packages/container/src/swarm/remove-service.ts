import { type DaemonHandle, isTerminal, PlatformError, type RemoveOptions } from '@duende/core/contract';
import { failure } from '../daemon.ts';
import { EngineError } from '../engine/engine-error.ts';
import { isRunning } from '../status.ts';
import { servicePath } from './api.ts';
import { type SwarmContext, swarmError } from './context.ts';
import { fullStatus } from './service-status.ts';
import { getContainers, requireService, type Snapshot } from './snapshot.ts';
import { untilService } from './until.ts';

const operation = { code: 'StatusFailed', name: 'remove' } as const;

/** Swarm gives its tasks their grace period; then it takes the containers away. */
const longest = 60_000;

/** What runs of a service on this node. @throws EngineError */
export async function killLocal(context: SwarmContext, id: string): Promise<void> {
  const running = (await getContainers(context, id)).filter(isRunning);
  await Promise.all(
    running.map(async ({ id: container, state }) => {
      if (state === 'paused') await context.engine.unpause(container).catch(() => undefined);
      // It may have ended, or be gone.
      await context.engine.kill(container, 'SIGKILL').catch((error: unknown) => {
        if (!(error instanceof EngineError) || !['not-running', 'not-found'].includes(error.kind))
          throw error;
      });
    }),
  );
}

/** A service for good, with what runs of it; resolves when nothing of it is left on this node. @throws EngineError */
export async function discardService(context: SwarmContext, id: string, graceMs = 0): Promise<void> {
  await context.connection.done(servicePath(id), { method: 'DELETE', expect: [404] });
  const limit = AbortSignal.timeout(graceMs + longest);
  const until = Date.now() + graceMs;
  const left = async (): Promise<true | undefined> => {
    if ((await getContainers(context, id)).length === 0) return true;
    if (Date.now() >= until) await killLocal(context, id);
    return undefined;
  };
  try {
    await untilService(context, id, left, limit);
  } catch (error) {
    if (limit.aborted) throw new EngineError('timeout', 'swarm has not removed its containers in time');
    throw error;
  }
}

/** Forgets a service that has ended, with its log. @throws PlatformError StatusFailed / engine-error when it still runs */
export async function removeService(
  context: SwarmContext,
  handle: DaemonHandle,
  { force = false }: RemoveOptions = {},
): Promise<void> {
  let found: Snapshot;
  try {
    found = await requireService(context, handle, operation);
  } catch (error) {
    // Removed, or replaced by a later one: gone as asked.
    if (PlatformError.isInstance(error) && error.reason === 'not-found') return;
    throw error;
  }
  if (!force && !isTerminal(await fullStatus(context, found))) {
    throw failure(
      operation,
      `Cannot remove ${handle.name}: it is running`,
      'engine-error',
      `Stop it first (duende stop ${handle.name}), or force it (duende rm --force ${handle.name})`,
    );
  }
  try {
    await discardService(context, found.service.ID);
  } catch (error) {
    throw swarmError(context, error, operation, `cannot remove ${handle.name}`);
  }
}
