import { type DaemonHandle, type DaemonStatus, isTerminal, type StopOptions } from '@duende/core/contract';
import { askInit } from './control.ts';
import { type Context, type Found, requireDaemon, translate } from './daemon.ts';
import type { Engine } from './engine/engine.ts';
import { EngineError } from './engine/engine-error.ts';
import { daemonStatus, isRunning } from './status.ts';
import { untilExited } from './wait.ts';

const operation = { code: 'StatusFailed', name: 'stop' } as const;

/** Stops a daemon and everything that it started. @throws PlatformError StatusFailed / not-found, timeout, unavailable */
export async function stopDaemon(
  context: Context,
  handle: DaemonHandle,
  { timeout }: StopOptions = {},
): Promise<DaemonStatus> {
  const found = await requireDaemon(context, handle, operation);
  const status = daemonStatus(found, () => context.state.spec(found.key).stopSignal);
  if (isTerminal(status)) {
    // It has said how it ended; what the engine still has of it goes in moments.
    if (isRunning(found.container)) await untilExited(context, found);
    return status;
  }
  if (status.state === 'created') return status;
  try {
    // A frozen init hears nothing.
    if (found.container.state === 'paused') await context.engine.unpause(found.container.id);
    const answer = await askInit(context, found, `stop ${handle.id} ${timeout ?? -1}`);
    if (answer === 'gone' || answer === 'timeout') await stopByEngine(context, found, timeout);
  } catch (error) {
    throw translate(context, error, operation, `cannot stop ${handle.name}`);
  }
  await untilExited(context, found);
  const ended = await requireDaemon(context, handle, operation);
  return daemonStatus(ended, () => context.state.spec(found.key).stopSignal);
}

/** The init passes the stop signal on, and takes it for a stop; after the time the engine kills everything. */
async function stopByEngine(
  { engine, state }: Context,
  { container, key }: Found,
  timeout?: number,
): Promise<void> {
  const { stopSignal, stopTimeout } = state.spec(key);
  const now = await engine.inspect(container.id);
  if (now === undefined || !isRunning(now)) return;
  await killIfRunning(engine, container.id, `SIG${stopSignal}`);
  const until = Date.now() + (timeout ?? stopTimeout);
  for (;;) {
    const later = await engine.inspect(container.id);
    if (later === undefined || !isRunning(later)) return;
    if (Date.now() >= until) return await killIfRunning(engine, container.id, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What has ended meanwhile is as it should be. */
async function killIfRunning(engine: Engine, id: string, signal: string): Promise<void> {
  try {
    await engine.kill(id, signal);
  } catch (error) {
    if (!(error instanceof EngineError) || !['not-running', 'not-found'].includes(error.kind)) throw error;
  }
}
