import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './fail.ts';

/** Milliseconds after which something unfinished is the leftover of a process that died. */
const leftoverAge = 600_000;

/** What is not complete yet, or is on its way out: not for anybody to use. */
export const isPartial = (name: string): boolean => name.startsWith('.');

/** Whether there is something at a path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes a file or folder of a cache: `make` writes it under another name beside it, and it appears complete or not at all. Of several
 * that make the same, the first one stays.
 */
export async function publish(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${basename(path)}-${randomUUID()}`);
  try {
    await make(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // A folder of this name was there first.
    const isThere = codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST';
    if (!isThere) throw error;
  }
}

/** Removes an entry so that nobody finds half of it. */
export async function discard(path: string): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}-${randomUUID()}`);
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** Says that an entry is in use: the least recently touched ones go first. */
export async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

/**
 * Keeps the entries that were touched last, and removes leftovers. An open file stays readable for those that have it open.
 * @param keep number of entries
 */
export async function trim(folder: string, keep: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const entries: { path: string; time: number }[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const stat = await lstat(path).catch(() => undefined);
    if (stat === undefined) continue;
    if (!isPartial(name)) entries.push({ path, time: stat.mtimeMs });
    else if (stat.mtimeMs < Date.now() - leftoverAge) await rm(path, { recursive: true, force: true });
  }
  entries.sort((a, b) => b.time - a.time);
  for (const { path } of entries.slice(keep)) await discard(path);
}
