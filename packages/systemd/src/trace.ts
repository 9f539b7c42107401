import type { DaemonHandle, TracerHandle, TracerOptions } from '@duende/core/contract';
import { type Context, failure, monotonicMs, readUnit, requirePage } from './daemon.ts';
import { unitNameOf } from './unit-name.ts';
import { unitProcesses } from './unit-processes.ts';

const operation = { code: 'TracerFailed', name: 'attachTracer' } as const;

/** strace on everything in the unit, and on what it starts from now on. @throws TracerFailed */
export async function traceDaemon(
  context: Context,
  handle: DaemonHandle,
  options: TracerOptions,
): Promise<TracerHandle> {
  const page = requirePage(context, handle, operation);
  const state = await readUnit(context, page);
  if (state === undefined || state.mainPid <= 0 || page.notBeforeMs > monotonicMs()) {
    throw failure(operation, `${handle.name} is not running`, 'not-running');
  }
  const group = await context.manager.service<string>(unitNameOf(handle.name), 'ControlGroup');
  const { attachStrace } = await import('@duende/strace');
  return await attachStrace({ pids: unitProcesses(group, state.mainPid), platform: 'linux', ...options });
}
