import type { Kernel } from '../kernel/index.ts';
import type { DaemonStatsDocument } from '../protocol/daemon-documents.ts';
import type { Daemon } from './daemon.ts';

/** Of its process and of all that it started. `undefined`: it does not run at the moment. */
export function readDaemonStats(kernel: Kernel, daemon: Daemon): DaemonStatsDocument | undefined {
  const { pid } = daemon;
  if (pid === undefined) return undefined;
  const all = [pid, ...kernel.descendants(pid)].map((each) => kernel.stats(each));
  const sum = (field: 'cpuTime' | 'memory' | 'openFiles') =>
    all.reduce((total, each) => total + each[field], 0);
  return {
    time: new Date().toISOString(),
    cpuUsec: Math.round(sum('cpuTime') * 1000),
    memoryBytes: sum('memory'),
    memoryLimitBytes: kernel.status(pid).limits.memoryMax,
    pids: all.length,
    openFiles: sum('openFiles'),
    uptimeMs: Date.now() - daemon.record.startedAt,
  };
}
