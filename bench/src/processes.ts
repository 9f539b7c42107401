import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Fields of /proc/PID/stat after the name (which may hold anything): state is the first. */
function statFields(pid: number): string[] | undefined {
  const text = readOrNothing(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Tells a process from a later one with the same id: clock ticks since boot, proc(5) field 22. */
export function readStartTime(pid: number): string | undefined {
  return statFields(pid)?.[19];
}

export function readParent(pid: number): number | undefined {
  const parent = statFields(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Bytes: memory of a process, with pages that several share counted in parts (proc(5), smaps_rollup). */
export function readPss(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readOrNothing(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  return kilobytes === undefined ? 0 : Number(kilobytes) * 1024;
}

function allProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function usesFolder(pid: number, folder: string): boolean {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return '';
      }
    });
    const commandLine = readOrNothing(`/proc/${pid}/cmdline`) ?? '';
    return commandLine.includes(folder) || links.some((link) => link.startsWith(`${folder}/`));
  } catch {
    return false;
  }
}

/**
 * Everything that runs because of these daemons, beside them: their ancestors up to this process or process 1, all
 * that those started, and whatever has a file of `folder` open or in its command line.
 */
export function findManagers(daemons: readonly number[], folder: string): number[] {
  const own = new Set([...daemons, process.pid, 1, 0]);
  const pids = allProcesses();
  const parents = new Map(pids.map((pid) => [pid, readParent(pid) ?? 0]));
  const managers = new Set<number>();
  for (const daemon of daemons) {
    for (let pid = parents.get(daemon) ?? 0; !own.has(pid); pid = parents.get(pid) ?? 0) managers.add(pid);
  }
  let found = true;
  while (found) {
    found = false;
    for (const [pid, parent] of parents) {
      if (own.has(pid) || managers.has(pid) || !managers.has(parent)) continue;
      managers.add(pid);
      found = true;
    }
  }
  for (const pid of pids) if (!own.has(pid) && usesFolder(pid, folder)) managers.add(pid);
  return [...managers];
}
