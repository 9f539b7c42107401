import { fstatSync, ftruncateSync, futimesSync } from 'node:fs';
import { transferLimit } from './calls-fd.ts';
import type { Descriptor } from './descriptor.ts';
import { HostDirectory } from './directory.ts';
import { Errno, WasiError } from './errno.ts';
import { HostFile } from './file.ts';
import type { CallDefinition, WasiProcess } from './process.ts';
import { Right } from './rights.ts';
import { isDirectory, sizeOf, timesOf, writeStat, writeStreamStat } from './stat.ts';

function requireFile(process: WasiProcess, fd: number, right: bigint): HostFile {
  const descriptor = process.descriptors.require(fd, right);
  if (!(descriptor instanceof HostFile)) throw new WasiError(Errno.Invalid);
  return descriptor;
}

const isHost = (descriptor: Descriptor): descriptor is HostFile | HostDirectory =>
  descriptor instanceof HostFile || descriptor instanceof HostDirectory;

function seek(file: HostFile, offset: bigint, whence: number): bigint {
  if (!file.seekable) throw new WasiError(Errno.InvalidSeek);
  // 0 from the beginning, 1 from here, 2 from the end.
  if (whence < 0 || whence > 2) throw new WasiError(Errno.Invalid);
  const base =
    whence === 0 ? 0n : whence === 1 ? BigInt(file.position) : fstatSync(file.host, { bigint: true }).size;
  file.position = sizeOf(base + offset);
  return BigInt(file.position);
}

export const fileCalls: Readonly<Record<string, CallDefinition>> = {
  fd_tell: {
    args: ['fd', 'result'],
    blocks: true,
    call: (process, fd: number, result: number) => {
      const descriptor = process.descriptors.require(fd, Right.FdTell);
      if (!(descriptor instanceof HostFile && descriptor.seekable)) return Errno.InvalidSeek;
      process.memory.writeU64(result, BigInt(descriptor.position));
      return Errno.Success;
    },
  },
  fd_pread: {
    args: ['fd', 'iovs', 'count', 'offset', 'result'],
    blocks: true,
    call: (process, fd: number, list: number, count: number, offset: bigint, result: number) => {
      const descriptor = process.descriptors.require(fd, Right.FdRead | Right.FdSeek);
      if (!(descriptor instanceof HostFile)) return Errno.InvalidSeek;
      process.memory.bytes(result, 4);
      const buffers = process.memory.buffers(list, count, transferLimit);
      process.memory.writeU32(result, descriptor.readAt(buffers, sizeOf(offset)));
      return Errno.Success;
    },
  },
  fd_pwrite: {
    args: ['fd', 'iovs', 'count', 'offset', 'result'],
    blocks: true,
    call: (process, fd: number, list: number, count: number, offset: bigint, result: number) => {
      const descriptor = process.descriptors.require(fd, Right.FdWrite | Right.FdSeek);
      if (!(descriptor instanceof HostFile)) return Errno.InvalidSeek;
      process.memory.bytes(result, 4);
      const buffers = process.memory.buffers(list, count, transferLimit);
      process.memory.writeU32(result, descriptor.writeAt(buffers, sizeOf(offset)));
      return Errno.Success;
    },
  },
  fd_seek: {
    args: ['fd', 'offset', 'whence', 'result'],
    blocks: true,
    call: (process, fd: number, offset: bigint, whence: number, result: number) => {
      const descriptor = process.descriptors.get(fd);
      // To ask where one is needs less than to move.
      const right = offset === 0n && whence === 1 ? Right.FdTell : Right.FdSeek;
      if (isDirectory(descriptor)) return Errno.IsDirectory;
      if (!(descriptor instanceof HostFile)) return Errno.InvalidSeek;
      process.descriptors.require(fd, right);
      process.memory.bytes(result, 8);
      process.memory.writeU64(result, seek(descriptor, offset, whence));
      return Errno.Success;
    },
  },
  fd_advise: {
    args: ['fd', 'offset', 'length', 'advice'],
    blocks: true,
    call: (process, fd: number, offset: bigint, length: bigint, advice: number) => {
      requireFile(process, fd, Right.FdAdvise);
      // Advice may be passed over, and Node cannot pass it on.
      return advice >>> 0 > 5 || offset < 0n || length < 0n ? Errno.Invalid : Errno.Success;
    },
  },
  fd_allocate: {
    args: ['fd', 'offset', 'length'],
    blocks: true,
    call: (process, fd: number, offset: bigint, length: bigint) => {
      const file = requireFile(process, fd, Right.FdAllocate);
      if (length === 0n) return Errno.Invalid;
      const size = sizeOf(offset + length);
      if (size > fstatSync(file.host).size) ftruncateSync(file.host, size);
      return Errno.Success;
    },
  },
  fd_filestat_get: {
    args: ['fd', 'result'],
    blocks: true,
    call: (process, fd: number, result: number) => {
      const descriptor = process.descriptors.require(fd, Right.FdFilestatGet);
      if (!isHost(descriptor)) return writeStreamStat(process.memory, result >>> 0, descriptor);
      return writeStat(process.memory, result >>> 0, fstatSync(descriptor.host, { bigint: true }));
    },
  },
  fd_filestat_set_size: {
    args: ['fd', 'size'],
    blocks: true,
    call: (process, fd: number, size: bigint) => {
      ftruncateSync(requireFile(process, fd, Right.FdFilestatSetSize).host, sizeOf(size));
      return Errno.Success;
    },
  },
  fd_filestat_set_times: {
    args: ['fd', 'atime', 'mtime', 'flags'],
    blocks: true,
    call: (process, fd: number, access: bigint, modified: bigint, flags: number) => {
      const descriptor = process.descriptors.require(fd, Right.FdFilestatSetTimes);
      if (!isHost(descriptor)) return Errno.Invalid;
      const times = timesOf(fstatSync(descriptor.host, { bigint: true }), access, modified, flags);
      futimesSync(descriptor.host, times.access, times.modified);
      return Errno.Success;
    },
  },
};
