// What this machine can do: has it a systemd of its own, or can it boot one in namespaces?
import { existsSync, readFileSync } from 'node:fs';

/** Is systemd PID 1 here? /run/systemd/system alone may be left by an image. */
export function isBooted() {
  if (process.platform !== 'linux' || !existsSync('/run/systemd/system')) return false;
  return readFileSync('/proc/1/comm', 'utf8').trim() === 'systemd';
}

/** Why no systemd can be booted here (one line), or undefined. */
export async function whyNot() {
  if (process.platform !== 'linux') return `systemd needs Linux, and this is ${process.platform}`;
  if (process.getuid() !== 0) return 'booting a systemd needs root';
  for (const program of [
    '/lib/systemd/systemd',
    '/lib/systemd/systemd-logind',
    '/usr/bin/dbus-daemon',
    '/usr/bin/unshare',
  ])
    if (!existsSync(program)) return `${program} is missing: run scripts/setup-test-machine.mjs`;
  return undefined;
}
