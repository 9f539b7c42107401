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

interface CurrentFile {
  readonly path: string;
  readonly presence: Presence;
  readonly isVolatile?: boolean;
  /** Not where lines go, perhaps. */
  readonly isDoubtful?: boolean;
}

/** The file in which lines of the user are now. */
function currentFile(scope: Scope, uid: number, root: string): CurrentFile {
  const machine = readFileSync(join(root, '/etc/machine-id'), 'latin1').trim();
  const folder = join(root, folders.persistent, machine);
  // With SplitMode=none there is no other than the system's.
  const system = join(folder, 'system.journal');
  const own = join(folder, `user-${uid}.journal`);
  const candidates = scope === 'system' || isSystemUser(uid) ? [system] : [own, system];
  const path = candidates.find((candidate) => presenceOf(candidate) !== 'missing');
  const presence = path === undefined ? 'missing' : presenceOf(path);
  // Archived a moment ago, and the next is made with the next line.
  const isArchived = path !== own && candidates[0] === own && hasArchive(folder, uid);
  const persistent = { path: path ?? system, presence: isArchived ? 'readable' : presence } as const;
  // journald writes to one of the two, the volatile one while it has that open (find_journal() of journald-server.c); it may
  // also have been left there by another setting. Users may not even look into the folder.
  const runtime = join(root, folders.volatile, machine, 'system.journal');
  const volatile = presenceOf(runtime);
  if (volatile === 'missing' || volatile === 'readable')
    return volatile === 'readable' && persistent.presence === 'missing'
      ? { path: runtime, presence: volatile }
      : persistent;
  return {
    path: runtime,
    presence: volatile,
    isVolatile: true,
    isDoubtful: persistent.presence === 'readable',
  };
}

/**
 * Why this process cannot read the lines that are being written; `undefined` when it can. The library does not say so: it
 * passes over files that it may not open. Uncertain: it may be so, if there are no lines.
 */
export function accessProblem(
  scope: Scope,
  uid = process.geteuid?.() ?? 0,
  root = '/',
): { readonly error: PlatformError; readonly isCertain: boolean } | undefined {
  const { path, presence, isVolatile = false, isDoubtful = false } = currentFile(scope, uid, root);
  if (presence === 'readable') return undefined;
  const problem = (reason: 'unavailable' | 'permission-denied', message: string, hint: string) => ({
    error: new PlatformError('StatusFailed', `Logs cannot be read: ${message}`, {
      reason,
      platform: 'linux',
      operation: 'logs',
      hint,
    }),
    isCertain: !isDoubtful,
  });
  if (presence === 'missing') {
    return problem(
      'unavailable',
      'journald keeps none',
      'Have root set Storage=persistent in /etc/systemd/journald.conf and run: systemctl restart systemd-journald',
    );
  }
  return problem(
    'permission-denied',
    `no permission for ${path}`,
    isVolatile && scope === 'user'
      ? 'Have root keep the journal on disk, where users may read their own: mkdir -p /var/log/journal && systemctl restart systemd-journald && journalctl --flush'
      : 'Have root add you to the group systemd-journal, and log in again',
  );
}
