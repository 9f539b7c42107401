import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import type { DescriptorTable } from '../wasi/descriptor.ts';
import { HostDirectory } from '../wasi/directory.ts';
import { Errno, WasiError } from '../wasi/errno.ts';
import { HostFile } from '../wasi/file.ts';
import { openPath } from '../wasi/path-open.ts';
import { atPlace } from '../wasi/resolve.ts';
import { directoryRights, fileRights, Right } from '../wasi/rights.ts';
import type { Preopen } from './protocol.ts';

const decoder = new TextDecoder();

/** Bytes of a module that a process starts: reading and rewriting it costs the kernel as much again. */
const largestModule = 64 * 1024 * 1024;

interface Found {
  readonly directory: HostDirectory;
  readonly guest: string;
  /** From the directory. */
  readonly rest: string;
}

function* given(descriptors: DescriptorTable): Generator<{ directory: HostDirectory; guest: string }> {
  for (const directory of descriptors.all())
    if (directory instanceof HostDirectory && directory.preopen)
      yield { directory, guest: decoder.decode(directory.preopen) };
}

/** The directory that the process was given in which a path lies. @throws WasiError ENOTCAPABLE */
function find(descriptors: DescriptorTable, path: string): Found {
  let best: Found | undefined;
  for (const { directory, guest } of given(descriptors)) {
    const isRelative = guest === '.' && !path.startsWith('/');
    const within = path === guest || path.startsWith(guest.replace(/\/?$/, '/'));
    if (!isRelative && !within) continue;
    const rest = isRelative ? path : path.slice(guest.length).replace(/^\/+/, '');
    if (best === undefined || guest.length > best.guest.length)
      best = { directory, guest, rest: rest === '' ? '.' : rest };
  }
  if (best === undefined) throw new WasiError(Errno.NotCapable);
  return best;
}

const includes = ({ rights, inheriting }: HostDirectory, own: bigint, below: bigint): boolean =>
  (rights & own) === own && (inheriting & below) === below;

function mayWrite(directory: HostDirectory): boolean {
  return includes(directory, directoryRights.all, directoryRights.all | fileRights.all);
}

function open({ directory, rest }: Found, guest: string, write: boolean): Preopen {
  const isGranted =
    mayWrite(directory) || (!write && includes(directory, directoryRights.read, fileRights.read));
  if (!isGranted) throw new WasiError(Errno.NotCapable);
  // Links were followed within the directory: one that is put there meanwhile leads nowhere.
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const descriptor = atPlace(directory.host, rest, true, ({ path }) => openSync(path, flags));
  return { guest, host: readlinkSync(`/proc/self/fd/${descriptor}`), write, descriptor };
}

/**
 * Opens a directory of the parent's for its child. The descriptor is the caller's to close.
 * @throws WasiError ENOTCAPABLE when the parent has less than is asked for, EPERM for what leads out of its directories
 */
export function openForChild(
  descriptors: DescriptorTable,
  directory: string,
  guest: string | undefined,
  write: boolean,
): Preopen {
  if (!(guest ?? directory).startsWith('/')) throw new WasiError(Errno.Invalid);
  return open(find(descriptors, directory), guest ?? directory, write);
}

/** All that the parent was given and still has, but for its working directory. */
export function openAllForChild(descriptors: DescriptorTable, opened: Preopen[]): void {
  for (const { directory, guest } of given(descriptors)) {
    if (guest !== '.') opened.push(open({ directory, guest, rest: '.' }, guest, mayWrite(directory)));
  }
}

/**
 * Opens a module below a directory of the parent's. The descriptor is the caller's to close.
 * @throws WasiError ENOTCAPABLE, ENOEXEC when it is no file, EFBIG
 */
export function openModule(descriptors: DescriptorTable, path: string): number {
  const { directory, rest } = find(descriptors, path);
  const request = { path: rest, follow: true, open: 0, base: Right.FdRead, inheriting: 0n, flags: 0 };
  const file = openPath(directory, request);
  try {
    if (!(file instanceof HostFile) || !file.seekable) throw new WasiError(Errno.NoExec);
    if (fstatSync(file.host).size > largestModule) throw new WasiError(Errno.FileTooBig);
    return file.host;
  } catch (error) {
    file.close();
    throw error;
  }
}

export function closeAll(preopens: readonly Preopen[], module: number | undefined): void {
  for (const { descriptor } of preopens) if (descriptor !== undefined) closeSync(descriptor);
  if (module !== undefined) closeSync(module);
}
