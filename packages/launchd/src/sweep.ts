import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readStatePage } from '@duende/program';
import type { Context } from './daemon.ts';
import { bootout } from './job.ts';
import { isMarked } from './process-mark.ts';

const operation = { code: 'StatusFailed', name: 'list' } as const;

/**
 * Clears the name of a spawn that was killed before its job had begun. False while somebody is at it.
 * A job that begins in this moment is taken out with it: nobody was told of it.
 */
export async function sweepName(context: Context, name: string): Promise<boolean> {
  const { state } = context;
  if (state.isSpawning(name)) return false;
  await bootout(context, name, operation);
  if (state.page(name) === 'unborn') state.remove(state.folder(name));
  return true;
}

const isOld = (folder: string): boolean => {
  const info = statSync(folder, { throwIfNoEntry: false });
  return info !== undefined && Date.now() - info.mtimeMs > 60_000;
};

/** Folders of spawns and removals that were killed in the middle. */
export function sweepHidden({ state }: Context): void {
  for (const entry of state.names(true)) {
    const folder = join(state.base, entry);
    if (entry.startsWith('.new-')) {
      if (!isMarked(join(folder, 'spawner')) && isOld(folder)) state.remove(folder);
      continue;
    }
    if (!isOld(folder)) continue;
    // What stepped aside for a spawn: it comes back when that left nothing.
    const page = readStatePage(join(folder, 'state'));
    if (typeof page === 'object' && state.isSpawning(page.name)) continue;
    const isFree = typeof page === 'object' && state.page(page.name) === 'missing';
    if (!(isFree && entry.startsWith('.old-') && state.place(folder, page.name))) state.remove(folder);
  }
}
