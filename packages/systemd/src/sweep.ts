import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, readUnit } from './daemon.ts';
import { isAlive } from './process-identity.ts';
import type { StateFolder } from './state-folder.ts';
import { spawnedMark, type UnitPage } from './unit-page.ts';

/** A spawn that nobody is at any more, and that has not said that it was done. */
const isAbandoned = ({ spawner }: UnitPage): boolean => spawner.pid > 0 && !isAlive(spawner);

export const needsSweep = (state: StateFolder, pages: readonly UnitPage[]): boolean =>
  pages.some(isAbandoned) || state.unfinished().length > 0;

/** Clears what spawns that were killed in the middle have left. Returns the daemons that there are. */
export async function sweep(context: Context, pages: readonly UnitPage[]): Promise<UnitPage[]> {
  const kept: UnitPage[] = [];
  for (const page of pages) {
    if (!isAbandoned(page) || (await finish(context, page))) kept.push(page);
  }
  for (const entry of context.state.unfinished()) clear(context.state, entry);
  return kept;
}

/** It was killed with the unit in systemd's hands, or before: the daemon is there, or was never made. */
async function finish(context: Context, page: UnitPage): Promise<boolean> {
  const { state } = context;
  const unit = await readUnit(context, page);
  if (unit !== undefined || page.runsEnded > 0) {
    state.mark(page.name, spawnedMark);
    return true;
  }
  const aside = state.putAside(page.name, page.id, `gone-${page.id}`);
  if (aside !== undefined) state.remove(aside);
  return false;
}

function isOld(folder: string): boolean {
  const info = statSync(folder, { throwIfNoEntry: false });
  return info !== undefined && Date.now() - info.mtimeMs > 60_000;
}

function clear(state: StateFolder, entry: string): void {
  const page = state.unfinishedPage(entry);
  const folder = join(state.base, entry);
  if (page === undefined) {
    // Just being made, or just being removed.
    if (isOld(folder)) state.remove(folder);
    return;
  }
  if (entry.startsWith('.new-')) {
    if (isAbandoned(page)) state.remove(folder);
    return;
  }
  // What stepped aside for a spawn: that of the page which has its place now.
  const now = state.page(page.name);
  if (now === 'missing') state.place(folder, page.name);
  else if (typeof now !== 'object' || now.spawner.pid === 0) state.remove(folder);
}
