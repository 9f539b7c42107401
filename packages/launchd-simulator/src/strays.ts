import { readdirSync, readFileSync } from 'node:fs';

/** Session of a process: the sixth field of /proc/<pid>/stat, the fourth behind the name. */
function sessionOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[3]);
}

/**
 * Processes that jobs have left behind in groups of their own: those whose environment still has the simulator's folder (SSH_AUTH_SOCK,
 * TMPDIR), and those of a job's session that have any job's environment, since a PID may have been used again meanwhile.
 */
export function strays(root: string, sessions: ReadonlySet<number>): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
      const isJob =
        environment.includes(`SSH_AUTH_SOCK=${root}/`) || environment.includes(`TMPDIR=${root}/tmp/`);
      const isAnyJob = environment.includes('XPC_SERVICE_NAME=');
      if (isJob || (isAnyJob && sessions.has(sessionOf(pid)))) found.push(pid);
    } catch {
      // It has ended, or is another user's.
    }
  }
  return found;
}
