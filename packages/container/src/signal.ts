import type { DaemonHandle, PlatformErrorReason, Signal } from '@duende/core/contract';
import { askInit } from './control.ts';
import { type Context, type Found, failure, requireDaemon, translate } from './daemon.ts';
import { daemonStatus } from './status.ts';

const operation = { code: 'SignalFailed', name: 'signal' } as const;

/**
 * Stop and Cont are the engine's freezer, which no process can get around. The others go to the program through our init: the engine's
 * own kill would count as a stop by hand, and its SIGKILL would end the init too.
 * @throws PlatformError SignalFailed / not-running, not-found, permission-denied
 */
export async function signalDaemon(context: Context, handle: DaemonHandle, signal: Signal): Promise<void> {
  const fail = (reason: PlatformErrorReason, why: string, hint?: string) =>
    failure(operation, `Cannot send ${signal} to ${handle.name}: ${why}`, reason, hint);
  const found = await requireDaemon(context, handle, operation);
  const { state } = daemonStatus(found, () => 'TERM' as Signal);
  if (state === 'stopped' || state === 'failed' || state === 'created') {
    throw fail('not-running', 'it is not running', `duende status ${handle.name} shows how it ended`);
  }
  const { engine } = context;
  const { id } = found.container;
  const paused = found.container.state === 'paused';
  try {
    if (signal === 'STOP') return await engine.pause(id);
    if (paused && signal === 'CONT') return await engine.unpause(id);
    if (paused && signal !== 'KILL') return await engine.kill(id, `SIG${signal}`);
    // Whoever kills means it: a frozen init could not pass it on.
    if (paused) await engine.unpause(id);
  } catch (error) {
    throw translate(context, error, operation, `cannot send ${signal} to ${handle.name}`);
  }
  const answer = await askInit(context, found, `signal ${handle.id} ${signal}`);
  if (answer === 'ok') return;
  if (answer === 'error not-found') throw fail('not-found', 'a later daemon has its name');
  if (answer === 'error permission-denied') throw fail('permission-denied', 'its init may not');
  if (answer === 'timeout') throw fail('timeout', 'its init does not answer');
  if (answer === 'gone') return await byEngine(context, found, signal);
  throw fail('not-running', 'it is not running', `duende status ${handle.name} shows how it ended`);
}

/** An init without a socket (no descriptor left for one) still passes signals on. */
async function byEngine(context: Context, { container }: Found, signal: Signal): Promise<void> {
  try {
    await context.engine.kill(container.id, `SIG${signal}`);
  } catch (error) {
    throw translate(context, error, operation, `cannot send ${signal}`);
  }
}
