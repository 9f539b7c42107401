import { type DaemonHandle, type DaemonStatus, isTerminal, type WaitOptions } from '@duende/core/contract';
import { watchChanges } from '@duende/program';
import { currentStatus } from './entry.ts';
import type { NativePaths } from './paths.ts';

/**
 * The terminal status, when it comes to that. Woken by the kernel when the supervisor writes; looked at once a second besides,
 * since nothing tells when everything that would write was killed.
 * @throws PlatformError StatusFailed / not-found
 */
export async function waitForEnd(
  paths: NativePaths,
  handle: DaemonHandle,
  { signal }: WaitOptions = {},
): Promise<DaemonStatus> {
  const look = (): DaemonStatus => currentStatus(paths, handle, 'StatusFailed', 'wait');
  signal?.throwIfAborted();
  let status = look();
  if (isTerminal(status)) return status;
  const changes = watchChanges(paths.state(handle.name));
  const close = (): void => changes.close();
  signal?.addEventListener('abort', close, { once: true });
  try {
    for (status = look(); !isTerminal(status); status = look()) {
      await changes.next(1000);
      signal?.throwIfAborted();
    }
    return status;
  } finally {
    signal?.removeEventListener('abort', close);
    changes.close();
  }
}
