import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { configError, type PlatformError } from '@duende/core/contract';
import { type HostPath, isKernelPath, PathError, walk } from './host-path.ts';
import type { Packing } from './packing.ts';

function refuse(path: string, why: string, { platform }: Packing, hint?: string): PlatformError {
  return configError(`extra: ${path} ${why}`, { platform, operation: 'spawn', field: 'extra', hint });
}

function kindOf(stat: BigIntStats): string {
  if (stat.isSocket()) return 'a socket';
  if (stat.isFIFO()) return 'a named pipe';
  return stat.isBlockDevice() || stat.isCharacterDevice() ? 'a device' : 'no file or folder';
}

/**
 * Packs a file, or a folder with everything in it, at its own path. Links in a folder stay links; what they lead to outside of
 * it has to be named too.
 * @throws PlatformError Config for what is not there, cannot be read, or is a socket, pipe or device.
 */
export function packExtra(path: string, packing: Packing): void {
  if (!posix.isAbsolute(path)) throw refuse(path, 'is no absolute path', packing);
  let host: HostPath;
  try {
    host = walk(packing.tree, path, 'daemon');
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    throw refuse(path, `cannot be packed: ${getSystemErrorMessage(-error.errno)}`, packing);
  }
  pack(host.real, host.stat, packing);
}

function pack(path: string, stat: BigIntStats, packing: Packing): void {
  const { tree } = packing;
  if (isKernelPath(path))
    throw refuse(path, 'is under /proc, /sys or /dev, which every container has of its own', packing);
  if (stat.isSymbolicLink()) tree.symlink(path, 'daemon', readlinkSync(path));
  else if (stat.isFile()) tree.file(path, 'daemon', stat);
  else if (stat.isDirectory()) packFolder(path, stat, packing);
  else throw refuse(path, `is ${kindOf(stat)} and cannot be packed`, packing, 'Leave it out, or mount it');
}

/** Something in a folder: it may be gone again, or have a name that is no UTF-8 and cannot be asked for. */
function packMember(path: string, packing: Packing): void {
  let stat: BigIntStats;
  try {
    stat = lstatSync(path, { bigint: true });
  } catch (error) {
    throw refuse(path, `cannot be read: ${(error as NodeJS.ErrnoException).code}`, packing);
  }
  pack(path, stat, packing);
}

function packFolder(path: string, stat: BigIntStats, packing: Packing): void {
  if (path === '/') throw refuse(path, 'is the whole host', packing, 'Name the folders that are needed');
  packing.tree.hostDirectory(path, 'daemon', stat);
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (error) {
    throw refuse(path, `cannot be read: ${(error as NodeJS.ErrnoException).code}`, packing);
  }
  for (const name of names.sort()) {
    packMember(posix.join(path, name), packing);
  }
}
