import { type DaemonSpec, PlatformError } from '@duende/core/contract';
import type { StatePage } from '@duende/program';
import { type Context, failure, translate } from './daemon.ts';
import { initError, silentEnd } from './spawn-error.ts';
import { isRunning } from './status.ts';
import { untilContainer } from './wait.ts';

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

export interface StartedPlace {
  readonly containerId: string;
  readonly key: string;
  readonly id: string;
}

/**
 * Waits until the init has executed the program, or heard that it is ready.
 * @throws PlatformError SpawnFailed saying why not
 */
export async function untilStarted(
  context: Context,
  place: StartedPlace,
  spec: DaemonSpec,
  file: string,
): Promise<StatePage> {
  const { engine, state } = context;
  const { key, id, containerId } = place;
  const look = async (): Promise<StatePage | undefined> => {
    const page = state.page(key);
    if (typeof page !== 'object' || page.id !== id)
      throw failure(operation, `The state of ${spec.name} was lost`, 'engine-error');
    const ended = page.state === 'stopped' || page.state === 'failed';
    // Its first run may have come and gone, and the next one be waited for.
    if (ended || page.restarts > 0 || page.exit !== undefined) {
      const why = state.failure(key);
      if (why !== undefined) throw initError(why, spec, file);
      return page;
    }
    if (page.state === 'running' || page.state === 'paused' || page.state === 'stopping') return page;
    const container = await engine.inspect(containerId);
    if (container !== undefined && isRunning(container)) return undefined;
    const now = state.page(key);
    if (typeof now === 'object' && now.state !== page.state) return undefined;
    const why = state.failure(key);
    if (why !== undefined) throw initError(why, spec, file);
    if (container === undefined)
      throw failure(
        operation,
        `The container of ${spec.name} was removed while it was started`,
        'engine-error',
      );
    throw silentEnd(spec, container.exitCode, container.oomKilled);
  };
  // It takes longer than a start may, only when the engine hangs.
  const limit = AbortSignal.timeout(spec.startTimeout + 60_000);
  try {
    // The page is nearly always written by now: no need to watch anything.
    return (await look()) ?? (await untilContainer(context, place, look, limit));
  } catch (error) {
    if (PlatformError.isInstance(error)) throw error;
    if (limit.aborted) throw failure(operation, `${spec.name} has not begun in time`, 'timeout');
    throw translate(context, error, operation, `does not say whether ${spec.name} has begun`);
  }
}
