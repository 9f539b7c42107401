import { type DaemonHandle, type DaemonStatus, isTerminal, type WaitOptions } from '@duende/core/contract';
import { isSupervised, type StatePage, statusOf, watchChanges } from '@duende/program';
import { type Context, type Operation, requirePage } from './daemon.ts';
import { readJob } from './job.ts';
import { statusWithoutProcess } from './status-of.ts';

const hasEnded = ({ state }: StatePage): boolean => state === 'stopped' || state === 'failed';

/**
 * The status of exactly this handle's daemon. While the job's process lives, and once it has noted an end, the page says it all; launchd is
 * asked in between.
 */
export async function readStatus(
  context: Context,
  handle: DaemonHandle,
  operation: Operation,
): Promise<DaemonStatus> {
  for (let round = 0; ; round += 1) {
    const page = requirePage(context, handle, operation);
    if (hasEnded(page) || isSupervised(page)) return statusOf(page, true);
    const job = await readJob(context, handle.name);
    const now = requirePage(context, handle, operation);
    // It went on while launchd was asked.
    const isStale =
      now.state !== page.state || now.supervisor.pid !== page.supervisor.pid || isSupervised(now);
    if (!isStale || round >= 5) return statusWithoutProcess(now, job);
  }
}

/** The terminal status, when it comes to that; woken by the kernel when the page is written. @throws PlatformError StatusFailed / not-found */
export async function waitForEnd(
  context: Context,
  handle: DaemonHandle,
  { signal }: WaitOptions = {},
  operation: Operation = { code: 'StatusFailed', name: 'wait' },
): Promise<DaemonStatus> {
  signal?.throwIfAborted();
  let status = await readStatus(context, handle, operation);
  if (isTerminal(status)) return status;
  // The folder: each run of the job makes its page anew.
  const changes = watchChanges(context.state.folder(handle.name));
  const close = (): void => changes.close();
  signal?.addEventListener('abort', close, { once: true });
  try {
    for (;;) {
      status = await readStatus(context, handle, operation);
      if (isTerminal(status)) return status;
      signal?.throwIfAborted();
      await changes.next(1000);
      signal?.throwIfAborted();
    }
  } finally {
    signal?.removeEventListener('abort', close);
    changes.close();
  }
}
