import { lstatSync } from 'node:fs';
import { HostDirectory } from './directory.ts';
import { Errno, WasiError } from './errno.ts';
import type { WasiProcess } from './process.ts';
import type { Place } from './resolve.ts';

/** @throws WasiError EBADF, ENOTDIR, ENOTCAPABLE */
export function directoryOf(process: WasiProcess, fd: number, right: bigint): HostDirectory {
  const descriptor = process.descriptors.get(fd);
  if (!(descriptor instanceof HostDirectory)) throw new WasiError(Errno.NotDirectory);
  if ((descriptor.rights & right) !== right) throw new WasiError(Errno.NotCapable);
  return descriptor;
}

/** `name/` has to be a directory, for a call that would not look. */
export function checkSlash(place: Place): void {
  if (place.directory && !lstatSync(place.path).isDirectory()) throw new WasiError(Errno.NotDirectory);
}
