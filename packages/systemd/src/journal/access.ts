import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@duende/core/contract';
import type { Scope } from '../scope.ts';

/** Where journald keeps its files, and where it keeps them until /var is there or for good (systemd-journald(8)). */
const folders = { persistent: '/var/log/journal', volatile: '/run/log/journal' } as const;

/** Users of the system have no file of their own: uid_for_system_journal() of uid-alloc-range.c. */
const isSystemUser = (uid: number): boolean =>
  uid < 1000 || (uid >= 61_184 && uid <= 65_519) || uid === 65_534;

type Presence = 'missing' | 'denied' | 'readable';

function presenceOf(path: string): Presence {
  try {
    accessSync(path, constants.R_OK);
    return 'readable';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'denied';
  }
}

function hasArchive(folder: string, uid: number): boolean {
  try {
    return readdirSync(folder).some((name) => name.startsWith(`user-${uid}@`));
  } catch {
    return false;
  }
}

/** The file in which lines of the user are now, whether it may be read, and whether it is on disk. */
function currentFile(scope: Scope, uid: number, root: string) {
  const machine = readFileSync(join(root, '/etc/machine-id'), 'latin1').trim();
  // journald writes to one of the two: the volatile one while its file is there (find_journal() of journald-server.c).
  // Where that is, users may not even look into the folder.
  const runtime = join(root, folders.volatile, machine, 'system.journal');
  const volatile = presenceOf(runtime);
  if (volatile !== 'missing') return { path: runtime, presence: volatile, isVolatile: true };
  const folder = join(root, folders.persistent, machine);
  if (scope === 'user' && !isSystemUser(uid)) {
    const path = join(folder, `user-${uid}.journal`);
    const own = presenceOf(path);
    if (own !== 'missing') return { path, presence: own, isVolatile: false };
    // Archived, and the next is made with the next line.
    if (hasArchive(folder, uid)) return { path, presence: 'readable', isVolatile: false };
    // With SplitMode=none there is no other than the system's.
  }
  const path = join(folder, 'system.journal');
  return { path, presence: presenceOf(path), isVolatile: false };
}

/**
 * Whether this process may read the lines that are being written: the library does not say so, it passes over files that it
 * may not open. @throws PlatformError StatusFailed / permission-denied, unavailable
 */
export function checkAccess(scope: Scope, uid = process.geteuid?.() ?? 0, root = '/'): void {
  const { path, presence, isVolatile } = currentFile(scope, uid, root);
  if (presence === 'readable') return;
  const platform = { platform: 'linux', operation: 'logs' } as const;
  if (presence === 'missing') {
    throw new PlatformError('StatusFailed', 'Logs cannot be read: journald keeps none', {
      ...platform,
      reason: 'unavailable',
      hint: 'Have root set Storage=persistent in /etc/systemd/journald.conf and run: systemctl restart systemd-journald',
    });
  }
  throw new PlatformError('StatusFailed', `Logs cannot be read: no permission for ${path}`, {
    ...platform,
    reason: 'permission-denied',
    hint:
      isVolatile && scope === 'user'
        ? 'Have root keep the journal on disk, where users may read their own: mkdir -p /var/log/journal && systemctl restart systemd-journald && journalctl --flush'
        : 'Have root add you to the group systemd-journal, and log in again',
  });
}
