// What this machine can do: can it boot a systemd in namespaces, and has it one of its own?
import { existsSync, readFileSync } from 'node:fs';

/** Is systemd PID 1 here? (/run/systemd/system alone may be left by an image.) */
export function isBooted() {
  if (process.platform !== 'linux' || !existsSync('/run/systemd/system')) return false;
  return readFileSync('/proc/1/comm', 'utf8').trim() === 'systemd';
}

// setup-test-machine.mjs installs them.
const needed = [
  '/usr/lib/systemd/systemd',
  '/usr/lib/systemd/systemd-logind',
  '/usr/lib/systemd/user/dbus.socket',
  '/usr/lib/systemd/system/dbus.service',
  '/usr/bin/nsenter',
  '/usr/bin/setpriv',
  '/usr/bin/unshare',
];

/** Why no systemd can be booted here, in one line, or undefined. */
export function whyNot() {
  if (process.platform !== 'linux') return `systemd needs Linux, and this is ${process.platform}`;
  if (process.getuid() !== 0) return 'booting a systemd for tests needs root: run the same with sudo';
  const missing = needed.filter((path) => !existsSync(path));
  if (missing.length > 0) return `${missing.join(', ')} missing: run node scripts/setup-test-machine.mjs`;
  if (!readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n'))
    return 'the kernel has no overlay file system: run modprobe overlay';
  return undefined;
}
