import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Which manager runs the units: the machine's, or that of the user. */
export type Scope = 'user' | 'system';

/** The user manager by default; root has none as a rule, and means the system's. */
export function defaultScope(): Scope {
  return process.geteuid?.() === 0 ? 'system' : 'user';
}

/**
 * `$XDG_RUNTIME_DIR`, else where pam_systemd(8) puts it: sudo and su drop the variable. One that belongs to somebody else
 * (`sudo -E`) is of no use to us.
 */
export function runtimeDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const uid = process.geteuid?.() ?? 0;
  const given = env.XDG_RUNTIME_DIR;
  const others = given !== undefined && /^\/run\/user\/\d+$/.test(given) && given !== `/run/user/${uid}`;
  return given && !others ? given : `/run/user/${uid}`;
}

/** A way to a manager: its own socket (peer to peer, quicker, and alive before the bus is), or a bus. */
export interface ManagerAddress {
  readonly socket: string;
  /** True: no bus daemon in between, so no Hello, and every signal comes without asking. */
  readonly direct: boolean;
}

/** The sockets of a manager, in the order to try them. Only root may use the system manager's own. */
export function managerAddresses(scope: Scope, env: NodeJS.ProcessEnv = process.env): ManagerAddress[] {
  if (scope === 'user') {
    const folder = runtimeDirectory(env);
    return [
      { socket: join(folder, 'systemd', 'private'), direct: true },
      { socket: join(folder, 'bus'), direct: false },
    ];
  }
  const bus = { socket: '/run/dbus/system_bus_socket', direct: false };
  if (process.geteuid?.() !== 0) return [bus];
  return [{ socket: '/run/systemd/private', direct: true }, bus];
}

/** Whether a manager of this scope runs here, going by the folders that it makes. */
export function isExpected(scope: Scope, env: NodeJS.ProcessEnv = process.env): boolean {
  return existsSync(scope === 'system' ? '/run/systemd/system' : join(runtimeDirectory(env), 'systemd'));
}

/** Where a manager takes sd_notify(3) messages (systemd's src/core/manager.c). */
export const notifySocket = (scope: Scope, env: NodeJS.ProcessEnv = process.env): string =>
  scope === 'system' ? '/run/systemd/notify' : join(runtimeDirectory(env), 'systemd', 'notify');
