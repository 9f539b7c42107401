import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure } from './daemon.ts';
import type { Scope } from './scope.ts';
import type { StateFolder } from './state-folder.ts';

/** The program that units execute (unit/): shipped prebuilt, static. `undefined` on a processor that it is not built for. */
export function findHelper(processor: string = process.arch): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const path = fileURLToPath(new URL(`../prebuilt/linux-${processor}/duende-unit`, import.meta.url));
  return existsSync(path) ? path : undefined;
}

const copies = new Map<string, string>();

/** A copy whose name says what is in it, so that it is never changed under a running unit. */
function copyTo(folder: string, helper: string): string {
  const known = copies.get(folder);
  if (known !== undefined && existsSync(known)) return known;
  const bytes = readFileSync(helper);
  const name = `duende-unit-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`;
  const path = join(folder, name);
  if (!existsSync(path) || statSync(path).size !== bytes.length) {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const draft = `${path}.${randomUUID()}`;
    writeFileSync(draft, bytes, { mode: 0o755, flag: 'wx' });
    // Whatever the umask is: units may run as any user.
    chmodSync(draft, 0o755);
    renameSync(draft, path);
  }
  copies.set(folder, path);
  return path;
}

/**
 * Where the units of a manager find the helper. Those of the system may run as users that may not look into the folder of this package,
 * and installed ones must outlive it: they get a copy. Where none can be made, transient units do without.
 * @throws PlatformError SpawnFailed / permission-denied or engine-error for installed units
 */
export function placeHelper(helper: string, scope: Scope, state: StateFolder, installed: boolean): string {
  const isRoot = scope === 'system' && process.geteuid?.() === 0;
  if (!isRoot && !installed) return helper;
  const folder = isRoot ? '/var/lib/duende' : join(dirname(state.base), 'bin');
  try {
    return copyTo(folder, helper);
  } catch (cause) {
    if (!installed) return helper;
    const { code = '' } = cause as NodeJS.ErrnoException;
    const denied = ['EACCES', 'EPERM', 'EROFS'].includes(code);
    throw failure(
      { code: 'SpawnFailed', name: 'install' },
      `Cannot copy duende-unit, which the unit executes, to ${folder}: ${code}`,
      denied ? 'permission-denied' : 'engine-error',
      code === 'ENOSPC' ? 'Free some disk space' : 'Make that folder writable',
      cause,
    );
  }
}
