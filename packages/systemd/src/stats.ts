import { readdirSync, readFileSync } from 'node:fs';
import type { DaemonHandle, DaemonStats, StatsField } from '@duende/core/contract';
import { type Context, failure, readUnit, requirePage } from './daemon.ts';
import { unitNameOf } from './unit-name.ts';
import { unitProcesses } from './unit-processes.ts';

const operation = { code: 'StatusFailed', name: 'stats' } as const;

/** What systemd answers for "not measured" and "no limit". */
const unset = 2n ** 64n - 1n;

function openFiles(pids: readonly number[]): number | undefined {
  const counts = pids.flatMap((pid) => {
    try {
      return [readdirSync(`/proc/${pid}/fd`).length];
    } catch {
      return [];
    }
  });
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

function field(pid: number, file: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(`/proc/${pid}/${file}`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

const total = (pids: readonly number[], measure: (pid: number) => number): number =>
  pids.reduce((sum, pid) => sum + measure(pid), 0);

/** Ticks of user and system time with reaped children's, proc(5): 100 a second on every Linux that we know. */
function cpuUsec(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0) * 10_000;
  } catch {
    return 0;
  }
}

/** Resource use of the whole unit: what its control group counts, else its processes. @throws StatusFailed / not-running */
export async function readStats(context: Context, handle: DaemonHandle): Promise<DaemonStats> {
  const page = requirePage(context, handle, operation);
  const state = await readUnit(context, page);
  if (state === undefined || state.mainPid <= 0) {
    throw failure(
      operation,
      `${handle.name} is not running`,
      'not-running',
      `duende status ${handle.name} shows how it ended`,
    );
  }
  const unit = unitNameOf(handle.name);
  const get = (name: string): Promise<bigint> => context.manager.service<bigint>(unit, name);
  const [group, memory, limit, cpu, read, written] = await Promise.all([
    context.manager.service<string>(unit, 'ControlGroup'),
    get('MemoryCurrent'),
    get('MemoryMax'),
    get('CPUUsageNSec'),
    get('IOReadBytes'),
    get('IOWriteBytes'),
  ]);
  const pids = unitProcesses(group, state.mainPid);
  const known = (value: bigint): number | undefined => (value === unset ? undefined : Number(value));
  const nanoseconds = known(cpu);
  const resident = (pid: number): number => field(pid, 'smaps_rollup', /^Rss:\s+(\d+) kB/m) * 1024;
  const values: Record<StatsField, number | undefined> = {
    cpuUsec: nanoseconds === undefined ? total(pids, cpuUsec) : Math.round(nanoseconds / 1000),
    memoryBytes: known(memory) ?? total(pids, resident),
    memoryLimitBytes: known(limit),
    pids: pids.length,
    openFiles: openFiles(pids),
    ioReadBytes: known(read) ?? total(pids, (pid) => field(pid, 'io', /^read_bytes: (\d+)/m)),
    ioWriteBytes: known(written) ?? total(pids, (pid) => field(pid, 'io', /^write_bytes: (\d+)/m)),
    uptimeMs: Math.max(0, Date.now() - page.runBeginWallMs),
  };
  const measured = Object.entries(values).filter(([, value]) => value !== undefined);
  return {
    time: new Date().toISOString(),
    measured: measured.map(([name]) => name as StatsField),
    ...Object.fromEntries(measured),
  };
}
