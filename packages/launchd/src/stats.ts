import { execFile } from 'node:child_process';
import type { DaemonHandle, DaemonStats, StatsField } from '@duende/core/contract';
import { descendants, isAlive, readStat } from '@duende/program';
import { type Context, failure, requirePage } from './daemon.ts';

const operation = { code: 'StatusFailed', name: 'stats' } as const;

/** What ps(1) of macOS knows. */
export const statsFields: readonly StatsField[] = ['cpuUsec', 'memoryBytes', 'pids', 'uptimeMs'];

/** Bytes resident of all of these, by ps(1). */
function residentBytes(pids: readonly number[]): Promise<number | undefined> {
  const options = { env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' }, encoding: 'latin1' } as const;
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', pids.join(',')], options, (_error, stdout) => {
      const kilobytes = stdout.trim().split(/\s+/).map(Number);
      resolve(stdout.trim() === '' ? undefined : kilobytes.reduce((sum, value) => sum + value, 0) * 1024);
    });
  });
}

/** Resource use of a daemon's whole tree, without the process of its job. @throws PlatformError StatusFailed / not-running */
export async function readStats(context: Context, handle: DaemonHandle): Promise<DaemonStats> {
  const { main, supervisor, startedMs } = requirePage(context, handle, operation);
  const own = isAlive(main) ? readStat(main.pid) : undefined;
  if (own === undefined) {
    const hint = `duende status ${handle.name} shows how it ended`;
    throw failure(operation, `${handle.name} is not running`, 'not-running', hint);
  }
  const below = isAlive(supervisor) ? descendants([supervisor.pid]) : [own, ...descendants([main.pid])];
  const pids = below.map(({ pid }) => pid);
  const ticks = below.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0);
  const memoryBytes = await residentBytes(pids);
  return {
    time: new Date().toISOString(),
    measured: statsFields.filter((field) => field !== 'memoryBytes' || memoryBytes !== undefined),
    // Ticks are hundredths of a second, on macOS as on Linux.
    cpuUsec: ticks * 10_000,
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    pids: pids.length,
    uptimeMs: Math.max(0, Date.now() - startedMs),
  };
}
