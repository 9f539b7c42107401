import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOwnerAlive, type Owner, ownIdentity } from '@duende/program';

const pattern = /^lock\.(\d+)$/;

function generations(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => other - one);
}

function ownerOf(path: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Owner | Record<string, never>;
    return 'pid' in owner ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
}

/** Gives the lock back before this process ends. Its generation stays, with no owner. */
export function releaseLock(folder: string): void {
  const path = join(folder, `lock.${generations(folder)[0]}`);
  writeFileSync(`${path}.new`, '{}', { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * Takes the lock of a folder for the life of this process. A killed owner leaves nothing that has to be cleaned up: each takes
 * the generation after that of a dead one, which only one can do. The last lock file is never removed, so that generations only
 * rise: who saw an older state of the folder makes a lower one, and sees it.
 * @returns the PID of the owner, when it is another process that lives
 */
export function takeLock(folder: string): number | undefined {
  const own = ownIdentity();
  // No UUID: loading what makes them takes a sixth of a kernel's start.
  const draft = join(folder, `draft.${process.pid}.${Math.random().toString(36).slice(2)}`);
  // Written apart and linked: a lock file is there with its owner in it, or not at all.
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    for (;;) {
      const last = generations(folder)[0] ?? 0;
      const holder = last === 0 ? undefined : ownerOf(join(folder, `lock.${last}`));
      if (holder && isOwnerAlive(holder)) return holder.pid;
      const mine = join(folder, `lock.${last + 1}`);
      try {
        linkSync(draft, mine);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        continue;
      }
      const all = generations(folder);
      if (all[0] === last + 1) {
        for (const old of all.slice(1)) rmSync(join(folder, `lock.${old}`), { force: true });
        return undefined;
      }
      rmSync(mine, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
}
