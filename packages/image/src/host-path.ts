import { type BigIntStats, lstatSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { posix } from 'node:path';
import type { LayerName } from './entries.ts';
import type { Tree } from './tree.ts';

/** path_resolution(7): more symbolic links than that are a loop. */
const maxLinks = 40;
/** PATH_MAX of linux/limits.h, with the NUL: bytes. */
const maxPath = 4096;

/** Where a path leads on this host. */
export interface HostPath {
  /** Without any symbolic link. */
  readonly real: string;
  readonly stat: BigIntStats;
}

/** An error as of a system call. */
export class PathError extends Error {
  readonly errno: number;
  constructor(errno: number, path: string) {
    super(path);
    this.errno = errno;
  }
}

function asPathError<T>(call: () => T, path: string): T {
  try {
    return call();
  } catch (error) {
    throw new PathError(-((error as NodeJS.ErrnoException).errno ?? -constants.errno.EIO), path);
  }
}

const lstat = (path: string): BigIntStats => asPathError(() => lstatSync(path, { bigint: true }), path);

/**
 * Walks a path as the kernel does, and puts every symbolic link and folder on the way into the tree, so that the path
 * means the same in the image. What it leads to is not put there.
 * @throws PathError with ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG.
 */
export function walk(tree: Tree, path: string, layer: LayerName): HostPath {
  if (Buffer.byteLength(path) >= maxPath) throw new PathError(constants.errno.ENAMETOOLONG, path);
  let real = '/';
  let stat = lstat(real);
  let links = 0;
  const rest = path.split('/').reverse();
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (!stat.isDirectory()) throw new PathError(constants.errno.ENOTDIR, real);
    if (name === '') continue;
    tree.directory(real, layer);
    if (name === '.') continue;
    if (name === '..') {
      real = posix.dirname(real);
      stat = lstat(real);
      continue;
    }
    const next = posix.join(real, name);
    const found = lstat(next);
    if (!found.isSymbolicLink()) {
      real = next;
      stat = found;
      continue;
    }
    links += 1;
    if (links > maxLinks) throw new PathError(constants.errno.ELOOP, path);
    const target = asPathError(() => readlinkSync(next), next);
    tree.symlink(next, layer, target);
    if (target.startsWith('/')) {
      real = '/';
      stat = lstat(real);
    }
    rest.push(...target.split('/').reverse());
  }
  return { real, stat };
}

/** Whether a path is in a folder over which every container has something mounted: what is packed there is not seen. */
export const isKernelPath = (path: string): boolean => /^\/(proc|sys|dev)(\/|$)/.test(path);
