import type { DaemonHandle, DaemonStats, DaemonStatus } from '@duende/core/contract';
import type { Context } from './context.ts';
import { type ListedDaemon, listDaemons } from './listing.ts';
import { mapLimited } from './many.ts';

export interface SampledDaemon {
  readonly handle: DaemonHandle;
  readonly status: DaemonStatus;
  readonly stats?: DaemonStats;
  /** 100 is one whole processor; from the second look on. */
  readonly cpuPercent?: number;
}

export interface Sample {
  /** ISO 8601. */
  readonly time: string;
  readonly daemons: readonly SampledDaemon[];
  readonly problems: readonly string[];
}

/** One look at every daemon. */
export async function takeSample(context: Context, before?: Sample): Promise<Sample> {
  const { daemons, problems } = await listDaemons(context);
  const known = new Map(before?.daemons.map((daemon) => [daemon.handle.id, daemon]));
  const sampled = await mapLimited(daemons, 16, (daemon) => measure(daemon, known.get(daemon.handle.id)));
  return { time: new Date().toISOString(), daemons: sampled, problems };
}

async function measure(
  { adapter, handle, status }: ListedDaemon,
  before: SampledDaemon | undefined,
): Promise<SampledDaemon> {
  if (status.pid === undefined) return { handle, status };
  let stats: DaemonStats;
  try {
    stats = await adapter.stats(handle);
  } catch {
    // It ended between the two questions; the next look shows its new state.
    return { handle, status };
  }
  const cpuPercent = cpuOf(stats, before, status.pid);
  return cpuPercent === undefined ? { handle, status, stats } : { handle, status, stats, cpuPercent };
}

function cpuOf(stats: DaemonStats, before: SampledDaemon | undefined, pid: number): number | undefined {
  const earlier = before?.stats;
  if (stats.cpuUsec === undefined || earlier?.cpuUsec === undefined || before?.status.pid !== pid)
    return undefined;
  const milliseconds = Date.parse(stats.time) - Date.parse(earlier.time);
  if (milliseconds <= 0) return undefined;
  return Math.max(0, (stats.cpuUsec - earlier.cpuUsec) / 10 / milliseconds);
}
