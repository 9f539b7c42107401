import { existsSync, statSync } from 'node:fs';
import type { Availability } from '@duende/core/contract';
import { runtimeDirectory } from './scope.ts';

const no = (why: string, fix: string): Availability => ({ available: false, why, fix });

/** Why no user manager answers, and what helps. */
export function explainUser(error: unknown, env: NodeJS.ProcessEnv = process.env): Availability {
  const folder = runtimeDirectory(env);
  const uid = process.geteuid?.() ?? 0;
  const linger = `Log in as this user (ssh, not su or sudo), or keep its manager running: sudo loginctl enable-linger ${uid}`;
  if (!existsSync(folder)) {
    return no(`this user has no session: ${folder} does not exist, and lingering is off`, linger);
  }
  if (statSync(folder).uid !== uid) {
    return no(
      `XDG_RUNTIME_DIR is ${folder}, which belongs to another user`,
      `Unset it, or set it to /run/user/${uid}`,
    );
  }
  if (!existsSync(`${folder}/systemd/private`) && !existsSync(`${folder}/bus`)) {
    return no(
      `no user manager runs: ${folder} has no systemd/private and no bus`,
      `Start it: sudo systemctl start user@${uid}.service`,
    );
  }
  return no(
    `the user manager does not answer (${(error as Error)?.message ?? error})`,
    `See: systemctl status user@${uid}.service`,
  );
}

/** Why the system manager does not answer. */
export function explainSystem(error: unknown): Availability {
  const isRoot = process.geteuid?.() === 0;
  if (!isRoot && !existsSync('/run/dbus/system_bus_socket')) {
    return no(
      'there is no system bus (/run/dbus/system_bus_socket)',
      'Start it: sudo systemctl start dbus; or run duende as root, or with --scope user',
    );
  }
  return no(
    `the system manager does not answer (${(error as Error)?.message ?? error})`,
    'See: systemctl is-system-running',
  );
}
