import { readdirSync } from 'node:fs';
import type { DaemonHandle, DaemonStats, StatsField } from '@duende/core/contract';
import { descendants } from '@duende/program';
import { type Context, failure, requireDaemon, translate } from './daemon.ts';
import { daemonStatus, isRunning } from './status.ts';

const operation = { code: 'StatusFailed', name: 'stats' } as const;

/** Open files of everything below the init; `undefined` where /proc does not show them. */
function openFiles(init: number): number | undefined {
  try {
    return descendants([init]).reduce((sum, { pid }) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
  } catch {
    return undefined;
  }
}

/** As the engine measures it, with what /proc adds. The init is counted too: one process, some hundred kilobytes. */
export async function readStats(context: Context, handle: DaemonHandle): Promise<DaemonStats> {
  const found = await requireDaemon(context, handle, operation);
  const { container, page } = found;
  if (!isRunning(container) || page.state === 'stopped' || page.state === 'failed') {
    throw failure(operation, `${handle.name} is not running`, 'not-running');
  }
  let stats: DaemonStats;
  try {
    stats = await context.engine.stats(container.id);
  } catch (error) {
    throw translate(context, error, operation, `cannot measure ${handle.name}`);
  }
  const status = daemonStatus(found, () => 'TERM');
  const started = 'startedAt' in status ? status.startedAt : undefined;
  const more: Partial<Record<StatsField, number>> = {};
  const files = container.pid > 0 ? openFiles(container.pid) : undefined;
  if (files !== undefined) more.openFiles = files;
  if (started !== undefined) more.uptimeMs = Math.max(0, Date.now() - Date.parse(started));
  return { ...stats, ...more, measured: [...stats.measured, ...(Object.keys(more) as StatsField[])] };
}
