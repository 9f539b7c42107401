// What this machine can do: can private container engines be started here?
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';

/** What tests may ask for. `swarm` is a second dockerd: live restore and swarm exclude each other. */
export const names = ['docker', 'swarm', 'podman', 'containerd'];

// setup-test-machine.mjs installs them.
const needed = {
  docker: ['dockerd', 'containerd', 'runc'],
  swarm: ['dockerd', 'containerd', 'runc', 'ip'],
  podman: ['podman', 'conmon', 'runc'],
  containerd: ['containerd', 'ctr', 'runc'],
};

/** Debian's daemons are in sbin, which an account's PATH may lack. */
export const path = `${env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;

function isThere(program) {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder || '.', program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why the engines `wanted` cannot be started here, in one line, or undefined. */
export function whyNot(wanted = names) {
  if (process.platform !== 'linux') return `container engines need Linux, and this is ${process.platform}`;
  if (process.getuid() !== 0) return 'private container engines need root: run the same with sudo';
  const programs = new Set([...wanted.flatMap((name) => needed[name]), 'setpriv']);
  const missing = [...programs].filter((program) => !isThere(program));
  if (missing.length > 0) return `${missing.join(', ')} missing: run node scripts/setup-test-machine.mjs`;
  if (!readFileSync('/proc/self/cgroup', 'utf8').trim()) return 'the kernel has no control groups';
  return undefined;
}

/** They cannot be started here (`cannot`), or did not come up. The message's first line is enough; a log may follow. */
export class EngineStartError extends Error {
  constructor(message, cannot = false) {
    super(message);
    this.cannot = cannot;
  }
}
