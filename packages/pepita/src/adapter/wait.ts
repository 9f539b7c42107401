import { join } from 'node:path';
import { type DaemonHandle, type DaemonStatus, isTerminal, type WaitOptions } from '@duende/core/contract';
import { type Changes, watchChanges } from '@duende/program';
import type { Context } from './context.ts';
import { requireDaemon } from './daemon.ts';
import { readStatus } from './status.ts';
import { machineIdOf } from './vm-name.ts';

/** Milliseconds after which is looked again all the same: a watch may fail (no inotify left). */
const fallback = 2000;

/** Looks again whenever one of some files changes, until `look` has an answer. @throws the reason of the signal */
export async function untilChanged<T>(
  files: readonly string[],
  look: () => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  const watched = files.map((file) => watchChanges(file));
  const aborted = Promise.withResolvers<void>();
  const onAbort = (): void => aborted.resolve();
  signal?.addEventListener('abort', onAbort, { once: true });
  // One round of each at a time: what changes while nobody waits is noticed by the next.
  const next = new Map<Changes, Promise<Changes>>();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const answer = await look();
      if (answer !== undefined) return answer;
      for (const changes of watched) {
        if (!next.has(changes))
          next.set(
            changes,
            changes.next(fallback).then(() => changes),
          );
      }
      const changed = await Promise.race([...next.values(), aborted.promise]);
      if (changed) next.delete(changed);
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    for (const changes of watched) changes.close();
  }
}

/** The files that tell of a daemon: its page, and that of its VM's process. */
export const telling = ({ store, paths }: Context, name: string, vmId: string): string[] => [
  join(store.run(name), 'state'),
  paths.vmmState(vmId),
];

/** The terminal status, when it comes to that. @throws PlatformError StatusFailed / not-found */
export async function waitForEnd(
  context: Context,
  handle: DaemonHandle,
  { signal }: WaitOptions = {},
): Promise<DaemonStatus> {
  const operation = { code: 'StatusFailed', name: 'wait' } as const;
  signal?.throwIfAborted();
  const { record } = requireDaemon(context, handle, operation);
  const look = async (): Promise<DaemonStatus | undefined> => {
    const status = await readStatus(context, handle, operation);
    return isTerminal(status) ? status : undefined;
  };
  return (
    (await look()) ?? (await untilChanged(telling(context, handle.name, machineIdOf(record)), look, signal))
  );
}
