import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { type Descriptor, FileType } from './descriptor.ts';
import { HostDirectory } from './directory.ts';
import { Errno, WasiError } from './errno.ts';
import { fileTypeOf, HostFile, hostFlags } from './file.ts';
import { atPlace, type Place } from './resolve.ts';
import { directoryRights, fileRights, Right } from './rights.ts';

export interface OpenRequest {
  readonly path: string;
  readonly follow: boolean;
  /** CREAT 1, DIRECTORY 2, EXCL 4, TRUNC 8. */
  readonly open: number;
  readonly base: bigint;
  readonly inheriting: bigint;
  readonly flags: number;
}

const writes = Right.FdWrite | Right.FdAllocate | Right.FdFilestatSetSize;

/** What of the request needs a right of the directory. @throws WasiError ENOTCAPABLE */
function checkRights(directory: HostDirectory, request: OpenRequest): void {
  let needed = Right.PathOpen;
  if (request.open & 1) needed |= Right.PathCreateFile;
  if (request.open & 8) needed |= Right.PathFilestatSetSize;
  if ((directory.rights & needed) !== needed) throw new WasiError(Errno.NotCapable);
  // Rights that nobody checks may be asked for freely; to write, and to read, has to have been given.
  const asked = request.base & (Right.FdWrite | Right.FdRead);
  if ((asked & ~directory.inheriting) !== 0n) throw new WasiError(Errno.NotCapable);
}

function accessOf(directory: HostDirectory, request: OpenRequest): number {
  const base = request.base & directory.inheriting;
  // Linux then says that a directory cannot be written, and that something else is none.
  if (request.open & 2) return (base & Right.FdWrite) !== 0n ? constants.O_RDWR : constants.O_RDONLY;
  const write = (base & writes) !== 0n;
  const read = (base & (Right.FdRead | Right.FdReaddir)) !== 0n;
  if (write) return read ? constants.O_RDWR : constants.O_WRONLY;
  return constants.O_RDONLY;
}

/** O_NOFOLLOW always: links were expanded already, and one that was put there since leads nowhere. */
function openHost(place: Place, request: OpenRequest, access: number): number {
  let flags = access | constants.O_NOFOLLOW | constants.O_NOCTTY | hostFlags(request.flags);
  if (request.open & 1) flags |= constants.O_CREAT;
  if (request.open & 4) flags |= constants.O_EXCL;
  if (request.open & 8) flags |= constants.O_TRUNC;
  if (request.open & 2 || place.directory) flags |= constants.O_DIRECTORY;
  // O_DIRECTORY with O_CREAT means something else on every system.
  if ((flags & constants.O_DIRECTORY) !== 0 && (flags & constants.O_CREAT) !== 0) {
    throw new WasiError(request.open & 2 ? Errno.Invalid : Errno.IsDirectory);
  }
  return openSync(place.path, flags, 0o666);
}

/** Opens below a directory. @throws WasiError, or Node's error */
export function openPath(directory: HostDirectory, request: OpenRequest): Descriptor {
  if (request.open >>> 0 > 15 || request.flags >>> 0 > 31) throw new WasiError(Errno.Invalid);
  checkRights(directory, request);
  // A new file must not be made at the end of a dangling link when it has to be new.
  const follow = request.follow && !(request.open & 4);
  return atPlace(directory.host, request.path, follow, (place) => {
    const access = accessOf(directory, request);
    const host = openHost(place, request, access);
    try {
      return describe(host, directory, request, access);
    } catch (error) {
      closeSync(host);
      throw error;
    }
  });
}

function describe(host: number, parent: HostDirectory, request: OpenRequest, access: number): Descriptor {
  const type = fileTypeOf(fstatSync(host, { bigint: true }));
  const base = request.base & parent.inheriting;
  if (type === FileType.Directory) {
    // Below it no more than its parent gave.
    return new HostDirectory(host, base & directoryRights.all, request.inheriting & parent.inheriting);
  }
  let rights = base & fileRights.all;
  if (access === constants.O_RDONLY) rights &= ~writes;
  if (access === constants.O_WRONLY) rights &= ~Right.FdRead;
  return new HostFile(host, type, rights, request.flags, access);
}
