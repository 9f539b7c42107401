import { execFileSync } from 'node:child_process';
import type { ProcessStat } from './process-info.ts';

/**
 * Processes by ps(1), for macOS, which has no /proc. The columns are those that ps of macOS and of Linux have both; the language and
 * time zone are fixed, since a start time is the same second only in one zone.
 */
const columns = 'pid=,ppid=,rss=,stat=,time=,lstart=';

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Tue Sep 30 12:34:56 2025` in UTC as Unix seconds, 0 when it is something else. supervisor/perl/Processes.pm computes the same. */
export function parseStartTime(text: string): bigint {
  const match = /^\w+\s+(\w{3})\s+(\d+)\s+(\d+):(\d+):(\d+)\s+(\d{4})/.exec(text);
  const month = monthNames.indexOf(match?.[1] ?? '');
  if (match === null || month < 0) return 0n;
  const [day, hour, minute, second, year] = match.slice(2).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return BigInt(Date.UTC(year, month, day, hour, minute, second) / 1000);
}

/** `1-02:03:04`, `02:03:04` or `3:04.56` as hundredths of a second: what sysconf(_SC_CLK_TCK) ticks are on macOS. */
export function parseCpuTime(text: string): number {
  const [days, clock] = text.includes('-') ? (text.split('-') as [string, string]) : ['0', text];
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 100);
}

/** One line of ps(1) with the columns above. */
export function parseProcess(line: string): ProcessStat | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(.+)$/.exec(line);
  if (!match) return undefined;
  const [, pid, parent, kilobytes, state = '', time = '', start = ''] = match;
  return {
    pid: Number(pid),
    parent: Number(parent),
    state: state.slice(0, 1),
    cpuTicks: parseCpuTime(time),
    startTime: parseStartTime(start),
    residentBytes: Number(kilobytes) * 1024,
  };
}

function ps(args: readonly string[]): ProcessStat[] {
  try {
    const text = execFileSync('ps', [...args], {
      encoding: 'latin1',
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/bin:/usr/bin' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text
      .split('\n')
      .map(parseProcess)
      .filter((stat) => stat !== undefined);
  } catch {
    return [];
  }
}

export function readStatByPs(pid: number): ProcessStat | undefined {
  try {
    // Costs nothing, and most processes that are asked for here have ended.
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  return ps(['-o', columns, '-p', String(pid)])[0];
}

export function everyProcessByPs(): ProcessStat[] {
  return ps(['-axo', columns]);
}

/** A new one each boot, sysctl(3). */
export function bootIdBySysctl(): string {
  try {
    return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], {
      encoding: 'latin1',
      env: {},
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
