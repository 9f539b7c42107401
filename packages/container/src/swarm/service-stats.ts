import type { DaemonHandle, DaemonStats, StatsField } from '@duende/core/contract';
import { failure } from '../daemon.ts';
import { EngineError } from '../engine/engine-error.ts';
import { type SwarmContext, swarmError } from './context.ts';
import { isRunningTask } from './slots.ts';
import { containerOf, nodeOf, requireService } from './snapshot.ts';

const operation = { code: 'StatusFailed', name: 'stats' } as const;

/** Pure: what all of them measure, added up. */
export function sumStats(all: readonly DaemonStats[], time: string): DaemonStats {
  const [first, ...others] = all;
  const measured = (first?.measured ?? []).filter((field) =>
    others.every((stats) => stats.measured.includes(field)),
  );
  const sum = (field: StatsField): number => all.reduce((total, stats) => total + (stats[field] ?? 0), 0);
  return { time, measured, ...Object.fromEntries(measured.map((field) => [field, sum(field)])) };
}

/** Of the tasks on this node together: swarm measures nothing. @throws PlatformError NotSupported when none is here */
export async function serviceStats(context: SwarmContext, handle: DaemonHandle): Promise<DaemonStats> {
  const found = await requireService(context, handle, operation);
  const running = found.tasks.filter(isRunningTask);
  if (running.length === 0) throw failure(operation, `${handle.name} is not running`, 'not-running');
  const local = running.filter((task) => found.containers.has(containerOf(task)));
  if (local.length === 0) {
    const nodes = [...new Set(running.map((task) => nodeOf(found, task)))].sort().join(', ');
    throw failure(
      { code: 'NotSupported', name: 'stats' },
      `${handle.name} runs on ${nodes}, and only the tasks of this node can be measured`,
      'unavailable',
      'Ask on one of these nodes (docker stats)',
    );
  }
  const measured = await Promise.allSettled(local.map((task) => context.engine.stats(containerOf(task))));
  const all = measured.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = measured.find((result) => result.status === 'rejected');
  if (all.length === 0) {
    const { reason } = failed as PromiseRejectedResult;
    if (reason instanceof EngineError && reason.kind === 'not-found')
      throw failure(operation, `${handle.name} is not running`, 'not-running');
    throw swarmError(context, reason, operation, `cannot measure ${handle.name}`);
  }
  const stats = sumStats(all, new Date().toISOString());
  const begun = Math.min(
    ...local.map(({ Status }) => Date.parse(Status.Timestamp ?? '')).filter(Number.isFinite),
  );
  if (!Number.isFinite(begun)) return stats;
  return { ...stats, measured: [...stats.measured, 'uptimeMs'], uptimeMs: Math.max(0, Date.now() - begun) };
}
