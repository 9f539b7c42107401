import type { DaemonStats, StatsField } from '@duende/core/contract';
import type { Connection } from './connection.ts';

/** Of `GET /containers/{id}/stats`, what is read here. */
export interface EngineStats {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly pids_stats?: { readonly current?: number };
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op?: string; readonly value?: number }[] | null;
  };
}

/** Memory as `docker stats` shows it: without the page cache that can be dropped (docker/cli, calculateMemUsageUnixNoCache). */
function memory({ usage, stats = {} }: NonNullable<EngineStats['memory_stats']>): number | undefined {
  if (usage === undefined) return undefined;
  const cache = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return cache < usage ? usage - cache : usage;
}

const sum = (stats: EngineStats, op: string): number | undefined => {
  const entries = stats.blkio_stats?.io_service_bytes_recursive;
  if (!entries) return undefined;
  return entries
    .filter((entry) => entry.op?.toLowerCase() === op)
    .reduce((total, { value = 0 }) => total + value, 0);
};

/** Pure. Bytes and microseconds. A limit as large as the machine is none, and is left out. */
export function renderStats(stats: EngineStats, machineBytes: number, time: string): DaemonStats {
  const total = stats.cpu_stats?.cpu_usage?.total_usage;
  const limit = stats.memory_stats?.limit;
  const values: Partial<Record<StatsField, number | undefined>> = {
    cpuUsec: total === undefined ? undefined : Math.round(total / 1000),
    memoryBytes: stats.memory_stats && memory(stats.memory_stats),
    memoryLimitBytes: limit !== undefined && limit < machineBytes ? limit : undefined,
    pids: stats.pids_stats?.current,
    ioReadBytes: sum(stats, 'read'),
    ioWriteBytes: sum(stats, 'write'),
  };
  const known = Object.entries(values).filter(([, value]) => value !== undefined) as [StatsField, number][];
  return { time, measured: known.map(([name]) => name), ...Object.fromEntries(known) };
}

/** One sample, without the second that the engine otherwise waits for another. */
export async function readStats(connection: Connection, path: string): Promise<DaemonStats> {
  const query = { stream: false, 'one-shot': true };
  const stats = await connection.json<EngineStats>(path, { query });
  const { totalmem } = await import('node:os');
  return renderStats(stats, totalmem(), new Date().toISOString());
}
