import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type DaemonHandle,
  type DaemonSpec,
  type DaemonStats,
  PlatformError,
  type StatsField,
} from '@duende/core/contract';
import { descendants, isAlive, readSpec, readStat } from '@duende/program';
import { findCgroupRoots } from './cgroup-mounts.ts';
import { planCgroups } from './cgroup-plan.ts';
import { requirePage } from './entry.ts';
import type { NativePaths } from './paths.ts';

let clockTicks: number | undefined;

/** Clock ticks a second, sysconf(3): 100 on every Linux that we know, asked once all the same. */
function ticksPerSecond(): number {
  try {
    clockTicks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) || 100;
  } catch {
    clockTicks = 100;
  }
  return clockTicks;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** Bytes resident, exactly: /proc/PID/statm may lag behind by some pages for each processor. */
function residentBytes(pid: number): number | undefined {
  const exact = /^Rss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  if (exact !== undefined) return Number(exact) * 1024;
  const rough = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return rough === undefined ? undefined : Number(rough) * 1024;
}

function openFiles(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}

function io(pid: number, key: 'read_bytes' | 'write_bytes'): number | undefined {
  const value = new RegExp(`^${key}: (\\d+)`, 'm').exec(read(`/proc/${pid}/io`) ?? '')?.[1];
  return value === undefined ? undefined : Number(value);
}

/** The sum over all processes; `undefined` when it could be read of none. */
function total(pids: readonly number[], measure: (pid: number) => number | undefined): number | undefined {
  const values = pids.map(measure).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

/** What the daemon's memory group counts against its limit, when it has one. */
function groupMemory(paths: NativePaths, handle: DaemonHandle): { used?: number; limit?: number } {
  let spec: DaemonSpec;
  try {
    spec = readSpec(paths.state(handle.name));
  } catch {
    return {};
  }
  const limit = spec.resources.memoryMax;
  if (limit === undefined) return {};
  const { oomFile } = planCgroups(spec, handle.id, findCgroupRoots(), []);
  if (oomFile === undefined) return { limit };
  const folder = dirname(oomFile);
  const used = read(`${folder}/memory.current`) ?? read(`${folder}/memory.usage_in_bytes`);
  return used === undefined ? { limit } : { used: Number(used), limit };
}

/** Resource use of a daemon's whole tree. @throws PlatformError StatusFailed / not-found, not-running */
export function readStats(paths: NativePaths, handle: DaemonHandle): DaemonStats {
  const page = requirePage(paths, handle, 'StatusFailed', 'stats');
  if (!isAlive(page.main)) {
    throw new PlatformError('StatusFailed', `${handle.name} is not running`, {
      reason: 'not-running',
      platform: 'native',
      operation: 'stats',
      hint: `duende status ${handle.name} shows how it ended`,
    });
  }
  const keepers = [page.supervisor, page.guardian].filter(isAlive).map(({ pid }) => pid);
  const tree = keepers.length > 0 ? descendants(keepers).filter(({ pid }) => !keepers.includes(pid)) : [];
  const main = readStat(page.main.pid);
  const processes = tree.length > 0 ? tree : main ? [main, ...descendants([page.main.pid])] : [];
  const pids = processes.map(({ pid }) => pid);
  const knownBytes = new Map(processes.map(({ pid, residentBytes }) => [pid, residentBytes]));
  const ticks = processes.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0);
  const group = groupMemory(paths, handle);
  const values: Record<StatsField, number | undefined> = {
    cpuUsec: Math.round((ticks / ticksPerSecond()) * 1e6),
    memoryBytes: group.used ?? total(pids, (pid) => knownBytes.get(pid) ?? residentBytes(pid)),
    memoryLimitBytes: group.limit,
    pids: pids.length,
    openFiles: total(pids, openFiles),
    ioReadBytes: total(pids, (pid) => io(pid, 'read_bytes')),
    ioWriteBytes: total(pids, (pid) => io(pid, 'write_bytes')),
    uptimeMs: Math.max(0, Date.now() - page.startedMs),
  };
  const measured = Object.entries(values).filter(([, value]) => value !== undefined);
  return {
    time: new Date().toISOString(),
    measured: measured.map(([field]) => field as StatsField),
    ...Object.fromEntries(measured),
  };
}
