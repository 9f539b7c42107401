import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@duende/core/contract';
import type { Scope } from '../scope.ts';

/** Where journald keeps its files, and where it keeps them until /var is there or for good (systemd-journald(8)). */
const folders = { persistent: '/var/log/journal', volatile: '/run/log/journal' } as const;

/** Users of the system have no file of their own: uid_for_system_journal() of uid-alloc-range.c. */
const isSystemUser = (uid: number): boolean =>
  uid < 1000 || (uid >= 61_184 && uid <= 65_519) || uid === 65_534;

/** The files in which the lines may be now, the first that there is being the right one; `undefined`: nothing is kept. */
function currentFiles(scope: Scope, uid: number, root: string): readonly string[] {
  const machine = readFileSync(join(root, '/etc/machine-id'), 'latin1').trim();
  const [persistent, volatile] = [folders.persistent, folders.volatile].map((folder) =>
    join(root, folder, machine),
  ) as [string, string];
  // journald writes to one of the two: the volatile one while its file is there (find_journal() of journald-server.c).
  const runtime = join(volatile, 'system.journal');
  if (existsSync(runtime)) return [runtime];
  const system = join(persistent, 'system.journal');
  // With SplitMode=none there is no other.
  return scope === 'system' || isSystemUser(uid)
    ? [system]
    : [join(persistent, `user-${uid}.journal`), system];
}

/**
 * Whether this process may read the lines that are being written: the library does not say so, it passes over files that it
 * may not open. @throws PlatformError StatusFailed / permission-denied, unavailable
 */
export function checkAccess(scope: Scope, uid = process.geteuid?.() ?? 0, root = '/'): void {
  const file = currentFiles(scope, uid, root).find((path) => existsSync(path));
  const platform = { platform: 'linux', operation: 'logs' } as const;
  if (file === undefined) {
    throw new PlatformError('StatusFailed', 'Logs cannot be read: journald keeps none', {
      ...platform,
      reason: 'unavailable',
      hint: 'Set Storage=persistent in /etc/systemd/journald.conf and run: systemctl restart systemd-journald',
    });
  }
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    const mayBePersistent = scope === 'user' && file.startsWith(join(root, folders.volatile));
    throw new PlatformError('StatusFailed', `Logs cannot be read: no permission for ${file}`, {
      ...platform,
      reason: 'permission-denied',
      hint: mayBePersistent
        ? 'Have root keep the journal on disk, where users can read their own: mkdir /var/log/journal && systemctl restart systemd-journald && journalctl --flush'
        : 'Have root add you to the group systemd-journal, and log in again',
      cause,
    });
  }
}
