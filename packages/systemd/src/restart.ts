import type { DaemonHandle } from '@duende/core/contract';
import { translateBusError } from './bus-failure.ts';
import { requirePage } from './daemon.ts';
import { type SpawnContext, spawnDaemon } from './spawn.ts';
import { spawnError } from './spawn-error.ts';
import { readFailedStart, startUnit } from './start-unit.ts';
import { unitNameOf } from './unit-name.ts';
import { freshMark } from './unit-page.ts';

const operation = { code: 'SpawnFailed', name: 'restart' } as const;

/** Starts a daemon that has ended again, from its spec; its log goes on. */
export async function restartDaemon(context: SpawnContext, handle: DaemonHandle): Promise<DaemonHandle> {
  const { state, manager } = context;
  const page = requirePage(context, handle, operation);
  const spec = state.spec(handle.name);
  if (!state.isInstalled(handle.name)) return await spawnDaemon(context, spec, { created: page.created });
  const unit = unitNameOf(handle.name);
  try {
    // Somebody wants it: what was counted before does not stand against that.
    state.mark(handle.name, freshMark);
    await manager.resetFailed(unit);
    if (spec.restart.policy === 'unless-stopped') await manager.enable([unit]);
    const job = await startUnit(context, page, () => manager.start(unit));
    if (job === 'done') return handle;
    const file = 'program' in spec ? spec.program : spec.module;
    throw spawnError(await readFailedStart(context, spec, job), spec, file);
  } catch (error) {
    throw translateBusError(error, spec, operation);
  }
}
