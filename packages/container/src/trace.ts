import type { DaemonHandle, TracerHandle, TracerOptions } from '@duende/core/contract';
import { descendants } from '@duende/program';
import { type Context, failure, requireDaemon } from './daemon.ts';
import { daemonStatus } from './status.ts';

const operation = { code: 'TracerFailed', name: 'attachTracer' } as const;

/** strace, from this machine, on everything below the init of the container. @throws TracerFailed */
export async function traceDaemon(
  context: Context,
  handle: DaemonHandle,
  options: TracerOptions,
): Promise<TracerHandle> {
  const found = await requireDaemon(context, handle, operation);
  const { state } = daemonStatus(found, () => 'TERM');
  const pids = found.container.pid > 0 ? descendants([found.container.pid]).map(({ pid }) => pid) : [];
  if (state === 'paused') {
    throw failure(
      operation,
      `${handle.name} is paused`,
      'not-running',
      `Let it go on first: duende signal ${handle.name} CONT`,
    );
  }
  if (state !== 'running' && state !== 'stopping' && state !== 'starting') {
    throw failure(operation, `${handle.name} is not running`, 'not-running');
  }
  if (pids.length === 0) {
    throw failure(
      operation,
      `The processes of ${handle.name} cannot be seen from here`,
      'unavailable',
      "Run duende on the engine's machine, outside of a container",
    );
  }
  const { attachStrace } = await import('@duende/strace');
  return await attachStrace({ pids, platform: 'container', ...options });
}
