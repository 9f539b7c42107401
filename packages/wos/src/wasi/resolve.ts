import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { Errno, errnoOf, WasiError } from './errno.ts';

/** open(2) of Linux; Node has no name for it. A descriptor that stands for a place, without opening what is there. */
const O_PATH = 0o10000000;
const directoryFlags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** As Linux: MAXSYMLINKS and PATH_MAX. */
const mostLinks = 40;
const longestPath = 4096;

/** A name in an open directory: what a path was resolved to. */
export interface Place {
  /** For a call that does not follow links itself: nothing between the check and the use can lead elsewhere. */
  readonly path: string;
  /** The path ended with a slash: it has to be a directory. */
  readonly directory: boolean;
  close(): void;
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    // EINVAL: it is something else than a link. ENOENT is for the call that uses the name.
    if (['EINVAL', 'ENOENT'].includes((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * Walks a path from an open directory, one component at a time, through descriptors: each directory is opened without
 * following links and is then held, so that a component that is swapped for a link meanwhile leads nowhere. Links are expanded
 * here, by the same rules. Linux only (`/proc/self/fd`).
 *
 * @throws WasiError EPERM for absolute paths and links and for `..` above the directory, ELOOP, ENAMETOOLONG, ENOENT for an
 * empty path; and Node's error of a component.
 */
export function resolvePath(root: number, path: string, follow: boolean): Place {
  if (path === '') throw new WasiError(Errno.NoEntry);
  if (Buffer.byteLength(path) >= longestPath) throw new WasiError(Errno.NameTooLong);
  const held: number[] = [];
  const close = () => {
    for (const fd of held.splice(0)) closeSync(fd);
  };
  try {
    return walk(root, path, follow, held, close);
  } catch (error) {
    close();
    throw error;
  }
}

function components(path: string): string[] {
  if (path.startsWith('/')) throw new WasiError(Errno.NotPermitted);
  const parts = path.split('/').filter((part) => part !== '');
  // A slash at the end means what a dot there means, except that the name may be made as a directory.
  if (path.endsWith('/')) parts.push('');
  return parts.reverse();
}

function walk(root: number, path: string, follow: boolean, held: number[], close: () => void): Place {
  const left = components(path);
  let links = 0;
  const here = () => `/proc/self/fd/${held.at(-1) ?? root}`;
  const expand = (target: string) => {
    if (++links > mostLinks) throw new WasiError(Errno.Loop);
    left.push(...components(target));
  };
  for (;;) {
    const part = left.pop();
    if (part === undefined || part === '') return { path: `${here()}/.`, directory: true, close };
    if (part === '.') continue;
    if (part === '..') {
      const up = held.pop();
      if (up === undefined) throw new WasiError(Errno.NotPermitted);
      closeSync(up);
      continue;
    }
    const at = `${here()}/${part}`;
    const slash = left.length === 1 && left[0] === '';
    if (left.length === 0 || slash) {
      const target = follow || slash ? readLink(at) : undefined;
      if (target === undefined) return { path: at, directory: slash, close };
      expand(target);
      continue;
    }
    try {
      held.push(openSync(at, directoryFlags));
    } catch (error) {
      const target = errnoOf(error) === Errno.NotDirectory ? readLink(at) : undefined;
      if (target === undefined) throw error;
      expand(target);
    }
  }
}

/** Resolves, does something there, and lets the directories go. */
export function atPlace<T>(root: number, path: string, follow: boolean, act: (place: Place) => T): T {
  const place = resolvePath(root, path, follow);
  try {
    return act(place);
  } finally {
    place.close();
  }
}
