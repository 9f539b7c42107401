import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../fail.ts';
import type { PepitaPaths } from '../paths.ts';

/** The first context identifier that a guest may have: vsock(7), VMADDR_CID_HOST is 2. */
const first = 3;
/** Milliseconds after which an identifier that no daemon has counts as forgotten. */
const forgottenAfter = 120_000;

function taken(paths: PepitaPaths): number[] {
  try {
    return readdirSync(paths.cids).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Takes the smallest free identifier above `after`, for as long as its file is there. @throws system errors */
export function takeCid(paths: PepitaPaths, owner: string, after = first - 1): number {
  mkdirSync(paths.cids, { recursive: true, mode: 0o700 });
  const used = new Set(taken(paths));
  for (let cid = after + 1; ; cid += 1) {
    if (used.has(cid)) continue;
    try {
      writeFileSync(join(paths.cids, String(cid)), owner, { flag: 'wx', mode: 0o600 });
      return cid;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

/** Takes this one. @returns the VM that has it already. @throws system errors */
export function takeGivenCid(paths: PepitaPaths, owner: string, cid: number): string | undefined {
  mkdirSync(paths.cids, { recursive: true, mode: 0o700 });
  const path = join(paths.cids, String(cid));
  try {
    writeFileSync(path, owner, { flag: 'wx', mode: 0o600 });
    return undefined;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return readFileSync(path, 'utf8');
  }
}

/** Gives an identifier back, if it is this daemon's. */
export function releaseCid(paths: PepitaPaths, cid: number, owner: string): void {
  const path = join(paths.cids, String(cid));
  try {
    if (readFileSync(path, 'utf8') === owner) rmSync(path, { force: true });
  } catch {
    // Given back already.
  }
}

/** Gives back those whose daemon is none that `has` knows: of spawns that were killed. */
export function sweepCids(paths: PepitaPaths, has: (cid: number) => boolean): void {
  for (const cid of taken(paths)) {
    const path = join(paths.cids, String(cid));
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > forgottenAfter && !has(cid)) rmSync(path, { force: true });
  }
}
