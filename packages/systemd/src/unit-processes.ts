import { readFileSync } from 'node:fs';

/** Where a unit's processes are listed: the unified hierarchy, or systemd's own beside version 1. */
const hierarchies = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'];

function pidsIn(group: string): number[] {
  for (const hierarchy of hierarchies) {
    try {
      return readFileSync(`${hierarchy}${group}/cgroup.procs`, 'latin1')
        .split('\n')
        .filter(Boolean)
        .map(Number);
    } catch {
      // The next one.
    }
  }
  return [];
}

/** The helper that checks a daemon's health lives in its unit, and is none of the daemon's processes. Its copies have longer names. */
export function isHelper(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').startsWith('duende-unit');
  } catch {
    return false;
  }
}

/** PIDs of a unit's control group, its main process first. */
export function unitProcesses(group: string, mainPid: number): number[] {
  const others = pidsIn(group).filter((pid) => pid !== mainPid && !isHelper(pid));
  return [mainPid, ...others];
}
