import { readdirSync, readFileSync } from 'node:fs';
import { bootIdBySysctl, everyProcessByPs, readStatByPs } from './process-info-ps.ts';
import type { ProcessIdentity } from './state-page.ts';

export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  /** Clock ticks: own and reaped children's user and system time. */
  readonly cpuTicks: number;
  /** Clock ticks since boot on Linux, Unix seconds on macOS: what the supervisor writes down there. */
  readonly startTime: bigint;
  /** Bytes, where it costs nothing more to know. */
  readonly residentBytes?: number;
}

const hasProc = process.platform === 'linux';

/** What the kernel says of a process; `undefined` when there is none. */
export const readStat: (pid: number) => ProcessStat | undefined = hasProc ? readStatOfProc : readStatByPs;

/** /proc/PID/stat, proc(5). */
function readStatOfProc(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name in parentheses may hold spaces and parentheses itself: count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return {
    pid,
    state: fields[0] as string,
    parent: Number(fields[1]),
    cpuTicks: ticks,
    startTime: BigInt(fields[19] ?? 0),
  };
}

/** Whether exactly this process still runs (a zombie does not). */
export function isAlive(process: ProcessIdentity): boolean {
  if (process.pid <= 0) return false;
  const stat = readStat(process.pid);
  return (
    stat !== undefined && stat.startTime === process.startTime && stat.state !== 'Z' && stat.state !== 'X'
  );
}

function everyProcess(): ProcessStat[] {
  if (!hasProc) return everyProcessByPs();
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.map((pid) => readStat(Number(pid))).filter((stat) => stat !== undefined);
}

/** All descendants of some processes, without these, zombies left out. */
export function descendants(roots: readonly number[]): ProcessStat[] {
  const children = new Map<number, ProcessStat[]>();
  for (const stat of everyProcess()) {
    const siblings = children.get(stat.parent);
    if (siblings) siblings.push(stat);
    else children.set(stat.parent, [stat]);
  }
  const found = new Map<number, ProcessStat>();
  const queue = [...roots];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (found.has(child.pid)) continue;
      found.set(child.pid, child);
      queue.push(child.pid);
    }
  }
  return [...found.values()].filter(({ state }) => state !== 'Z');
}

let ownBootId: string | undefined;

/** random(4), on macOS sysctl(3): a new one each boot. Empty where there is none. */
export function bootId(): string {
  try {
    ownBootId ??= !hasProc
      ? bootIdBySysctl()
      : readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    ownBootId = '';
  }
  return ownBootId;
}
