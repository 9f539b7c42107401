import { type DaemonSpec, PlatformError } from '@duende/core/contract';

/** Calls without which the helper could not execute a program, or say that it has. */
const needed = [
  'execve',
  'read',
  'write',
  'pread64',
  'pwrite64',
  'socket',
  'connect',
  'sendto',
  'sendmsg',
  'exit_group',
];

function wrong(field: string, message: string, hint?: string): PlatformError {
  return new PlatformError('Config', `${field}: ${message}`, {
    reason: 'invalid-setting',
    platform: 'linux',
    operation: 'spawn',
    field,
    hint,
  });
}

/** What no schema says: settings that systemd would take and not do. @throws PlatformError Config */
export function checkOwnSettings(spec: DaemonSpec): void {
  const { linger } = spec.platform.systemd ?? {};
  if (linger !== undefined && typeof linger !== 'boolean') {
    throw wrong('platform.systemd.linger', `expected true or false, got ${JSON.stringify(linger)}`);
  }
  const { seccomp } = spec.sandbox;
  const denied = typeof seccomp === 'object' ? seccomp.deny.filter((call) => needed.includes(call)) : [];
  if (denied.length > 0) {
    throw wrong('sandbox.seccomp', `${denied.join(', ')} cannot be denied: starting the program takes it`);
  }
}
