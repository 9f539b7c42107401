import { type BigIntStats, type Dirent, fstatSync, lstatSync, readdirSync } from 'node:fs';
import { FileType } from './descriptor.ts';
import { HostDirectory } from './directory.ts';
import { Errno, WasiError } from './errno.ts';
import type { CallDefinition, WasiProcess } from './process.ts';
import { Right } from './rights.ts';

const encoder = new TextEncoder();

function typeOf(entry: Dirent<Buffer>): number {
  if (entry.isFile()) return FileType.RegularFile;
  if (entry.isDirectory()) return FileType.Directory;
  if (entry.isSymbolicLink()) return FileType.SymbolicLink;
  if (entry.isCharacterDevice()) return FileType.CharacterDevice;
  if (entry.isBlockDevice()) return FileType.BlockDevice;
  return entry.isSocket() ? FileType.SocketStream : FileType.Unknown;
}

function list(directory: HostDirectory): NonNullable<HostDirectory['listing']> {
  const entries = readdirSync(`/proc/self/fd/${directory.host}`, { withFileTypes: true, encoding: 'buffer' });
  return [
    { name: encoder.encode('.'), type: FileType.Directory },
    { name: encoder.encode('..'), type: FileType.Directory },
    ...entries.map((entry) => ({ name: entry.name, type: typeOf(entry) })),
  ];
}

/** The number of a directory's parent is not told: it may be outside of what the process was given. */
function inodeOf(directory: HostDirectory, index: number, name: Uint8Array): bigint {
  if (index < 2) return fstatSync(directory.host, { bigint: true }).ino;
  const prefix = Buffer.from(`/proc/self/fd/${directory.host}/`);
  try {
    return (lstatSync(Buffer.concat([prefix, name]), { bigint: true }) as BigIntStats).ino;
  } catch {
    return 0n;
  }
}

function fill(directory: HostDirectory, buffer: Uint8Array, cookie: number): number {
  if (cookie === 0 || directory.listing === undefined) directory.listing = list(directory);
  const entries = directory.listing;
  const head = new DataView(new ArrayBuffer(24));
  let at = 0;
  // The last entry may be cut off: that the buffer is full tells the process to ask again.
  for (let index = cookie; index < entries.length && at < buffer.length; index++) {
    const { name, type } = entries[index] as (typeof entries)[number];
    head.setBigUint64(0, BigInt(index + 1), true);
    head.setBigUint64(8, inodeOf(directory, index, name), true);
    head.setUint32(16, name.length, true);
    head.setUint8(20, type);
    for (const part of [new Uint8Array(head.buffer), name]) {
      const room = part.subarray(0, buffer.length - at);
      buffer.set(room, at);
      at += room.length;
    }
  }
  return at;
}

function requirePreopen(process: WasiProcess, fd: number): Uint8Array {
  const descriptor = process.descriptors.get(fd);
  // EBADF also for another kind: it ends the search of wasi-libc for what it was given.
  if (!descriptor.preopen) throw new WasiError(Errno.BadFileDescriptor);
  return descriptor.preopen;
}

export const directoryCalls: Readonly<Record<string, CallDefinition>> = {
  fd_readdir: {
    args: ['fd', 'buffer', 'length', 'cookie', 'result'],
    blocks: true,
    call: (process, fd: number, address: number, length: number, cookie: bigint, result: number) => {
      const directory = process.descriptors.require(fd, Right.FdReaddir);
      if (!(directory instanceof HostDirectory)) return Errno.NotDirectory;
      process.memory.bytes(result, 4);
      const buffer = process.memory.bytes(address, length);
      if (cookie < 0n || cookie > 0xffff_ffffn) return Errno.Invalid;
      process.memory.writeU32(result, fill(directory, buffer, Number(cookie)));
      return Errno.Success;
    },
  },
  fd_prestat_get: {
    args: ['fd', 'result'],
    blocks: true,
    call: (process, fd: number, result: number) => {
      const name = requirePreopen(process, fd);
      process.memory.writeU32(result, 0);
      process.memory.writeU32((result >>> 0) + 4, name.length);
      return Errno.Success;
    },
  },
  fd_prestat_dir_name: {
    args: ['fd', 'buffer', 'length'],
    blocks: true,
    call: (process, fd: number, address: number, length: number) => {
      const name = requirePreopen(process, fd);
      if (length >>> 0 < name.length) return Errno.NameTooLong;
      process.memory.bytes(address, name.length).set(name);
      return Errno.Success;
    },
  },
};
