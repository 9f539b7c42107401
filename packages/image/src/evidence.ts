import { type BigIntStats, statSync } from 'node:fs';
import { posix } from 'node:path';
import { identityKey, identityOf, isSettled } from './identity.ts';
import { sha256 } from './source.ts';

/** Files and folders that something was made of, or would have been made of had they been there, and what they were then. */
export interface Evidence {
  /** Their names, by the folder that they are in. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
  /** SHA-256 of their identities. */
  readonly state: string;
}

/** Links are followed: whatever leads elsewhere now is another file. */
export function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // A file in the place of a folder, or a folder that may not be entered: nothing could be read there.
    return undefined;
  }
}

/** `undefined` when something has changed so recently before `time` (or after it) that it may change again unseen. */
function stateOf(paths: Evidence['paths'], time = Number.POSITIVE_INFINITY): string | undefined {
  const keys: string[] = [];
  for (const [folder, names] of Object.entries(paths)) {
    for (const name of names) {
      const stat = statOf(`${folder}/${name}`);
      const identity = stat && identityOf(stat);
      if (identity && !isSettled(identity, time)) return undefined;
      keys.push(identity ? identityKey(identity) : '');
    }
  }
  return sha256(keys.join('\n'));
}

/**
 * What files and folders are now, for something that was made of them since `started`, in milliseconds since 1970. `undefined`
 * when one of them could have changed since then or could still change with the same times.
 */
export function takeEvidence(all: ReadonlySet<string>, started: number): Evidence | undefined {
  const paths: Record<string, string[]> = {};
  for (const path of all) {
    const folder = posix.dirname(path);
    // What is not there cannot come without a change of its folder.
    if (all.has(folder) && statOf(path) === undefined) continue;
    paths[folder] ??= [];
    paths[folder].push(posix.basename(path));
  }
  const state = stateOf(paths, started);
  return state === undefined ? undefined : { paths, state };
}

/** Whether everything is still what it was. */
export const holds = ({ paths, state }: Evidence): boolean => stateOf(paths) === state;
