import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What a file of ours holds; `undefined` when it is missing, or could have been written by somebody else. */
export function readPrivate(path: string): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { uid, mode } = fstatSync(fd);
    return uid === process.geteuid?.() && (mode & 0o022) === 0 ? readFileSync(fd) : undefined;
  } catch {
    // Only a cache: what is not in it is found out again.
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** What `writePrivate` leaves behind when the process is killed. */
export const isTemporary = (name: string): boolean => /^\.[\w.-]+-[0-9a-f-]{36}$/.test(name);

/** Replaces a file of ours, in a folder that is made with mode 0700. Readers see the old file or the new one. */
export async function writePrivate(path: string, data: string): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(temporary, data, { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
