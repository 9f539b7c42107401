import { join } from 'node:path';
import { type DaemonHandle, type DaemonStatus, isTerminal, type WaitOptions } from '@duende/core/contract';
import { watchChanges } from '@duende/program';
import { type Context, type Found, failure, requireDaemon, translate } from './daemon.ts';
import { SharedLook } from './shared-look.ts';
import { daemonStatus, isRunning } from './status.ts';

/**
 * Looks again whenever the engine tells something about a container, or its init has written, until `look` has an answer.
 * Both tell by themselves; once in 2 s it is looked at all the same, since a watch may fail (no inotify left).
 */
export async function untilContainer<T>(
  { engine, state }: Context,
  place: { readonly containerId: string; readonly key: string },
  look: () => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  const page = watchChanges(join(state.run(place.key), 'state'));
  let wake = (): void => {};
  let changed = false;
  const notice = (): void => {
    changed = true;
    wake();
  };
  const unwatch = engine.watch(place.containerId, notice);
  signal?.addEventListener('abort', notice);
  let over = false;
  void (async () => {
    while (!over) {
      await page.next(2000);
      notice();
    }
  })();
  try {
    // What happened before the engine tells is seen by the look.
    await engine.watching().catch(() => undefined);
    for (;;) {
      changed = false;
      const answer = await look();
      if (answer !== undefined) return answer;
      signal?.throwIfAborted();
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      signal?.throwIfAborted();
    }
  } finally {
    over = true;
    page.close();
    unwatch();
    signal?.removeEventListener('abort', notice);
  }
}

const operation = { code: 'StatusFailed', name: 'wait' } as const;

type Look = SharedLook<DaemonStatus | undefined>;
/** Each event of a container makes all who wait for it look: of a client they look as one. */
const looks = new WeakMap<Context, Map<string, { readonly shared: Look; waiters: number }>>();

async function sharing<T>(context: Context, id: string, work: (shared: Look) => Promise<T>): Promise<T> {
  const all = looks.get(context) ?? new Map();
  looks.set(context, all);
  const entry = all.get(id) ?? { shared: new SharedLook<DaemonStatus | undefined>(), waiters: 0 };
  all.set(id, entry);
  entry.waiters += 1;
  try {
    return await work(entry.shared);
  } finally {
    entry.waiters -= 1;
    if (entry.waiters === 0) all.delete(id);
  }
}

/** The terminal status, when it comes to that. @throws PlatformError StatusFailed / not-found */
export async function waitForEnd(
  context: Context,
  handle: DaemonHandle,
  { signal }: WaitOptions = {},
): Promise<DaemonStatus> {
  signal?.throwIfAborted();
  const terminal = async (): Promise<DaemonStatus | undefined> => {
    const found = await requireDaemon(context, handle, operation);
    const status = daemonStatus(found, () => context.state.spec(found.key).stopSignal);
    return isTerminal(status) ? status : undefined;
  };
  const found = await requireDaemon(context, handle, operation);
  const place = { containerId: found.container.id, key: found.key };
  return await sharing(context, handle.id, async (shared) => {
    const look = () => unlessAway(() => shared.look(terminal));
    return (await shared.look(terminal)) ?? (await untilContainer(context, place, look, signal));
  });
}

/** An engine that is being started again is waited for; everything else is told. */
async function unlessAway<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if ((error as { reason?: string }).reason === 'unavailable') return undefined;
    throw error;
  }
}

/** Until the engine has nothing left of a container's processes. */
export async function untilExited(context: Context, { container, key }: Found): Promise<void> {
  const { engine } = context;
  const gone = async (): Promise<true | undefined> => {
    const now = await engine.inspect(container.id);
    return now === undefined || !isRunning(now) ? true : undefined;
  };
  try {
    if ((await gone()) === undefined) {
      await untilContainer(context, { containerId: container.id, key }, gone, AbortSignal.timeout(30_000));
    }
  } catch (error) {
    const operation = { code: 'StatusFailed', name: 'stop' } as const;
    if ((error as Error).name === 'TimeoutError') {
      throw failure(
        operation,
        'The engine does not say that the container has ended',
        'timeout',
        undefined,
        error,
      );
    }
    throw translate(context, error, operation, 'does not say that the container has ended');
  }
}
