import { fdatasync, fsync } from 'node:fs';
import { type Descriptor, FdFlag, FileType } from './descriptor.ts';
import { HostDirectory } from './directory.ts';
import { Errno, errnoOf, WasiError } from './errno.ts';
import { HostFile } from './file.ts';
import { type CallDefinition, interrupted, type WasiProcess } from './process.ts';
import { Right } from './rights.ts';
import { writeFdStat } from './stat.ts';

/** Bytes that one call moves at most. */
export const transferLimit = 1024 * 1024;

/**
 * Moves bytes now if possible, else suspends the process until the descriptor may be ready. `buffers` is called again after
 * each wait: the memory may have moved.
 */
export function transfer(
  process: WasiProcess,
  descriptor: Descriptor,
  direction: 'read' | 'write',
  buffers: () => Uint8Array[],
  done: (count: number) => number,
): number | Promise<number> {
  const move = descriptor[direction];
  if (move === undefined) throw new WasiError(isWrongKind(descriptor));
  const count = move.call(descriptor, buffers());
  if (count !== undefined) return done(count);
  if ((descriptor.flags & FdFlag.Nonblock) !== 0) return Errno.Again;
  return waitAndMove(process, descriptor, direction, buffers, done);
}

const isWrongKind = (descriptor: Descriptor) =>
  descriptor.fileType === FileType.Directory ? Errno.IsDirectory : Errno.BadFileDescriptor;

async function waitAndMove(
  process: WasiProcess,
  descriptor: Descriptor,
  direction: 'read' | 'write',
  buffers: () => Uint8Array[],
  done: (count: number) => number,
): Promise<number> {
  const watch = direction === 'read' ? descriptor.watchRead : descriptor.watchWrite;
  for (;;) {
    const woken = await process.block<void>((wake) => watch?.(wake) ?? (() => {}));
    const count = descriptor[direction]?.(buffers());
    if (count !== undefined) return done(count);
    if (woken === interrupted) return Errno.Interrupted;
  }
}

function vectors(
  process: WasiProcess,
  fd: number,
  list: number,
  count: number,
  result: number,
  reads: boolean,
) {
  const descriptor = process.descriptors.require(fd, reads ? Right.FdRead : Right.FdWrite);
  process.memory.bytes(result, 4);
  const buffers = () => process.memory.buffers(list, count, transferLimit);
  const done = (moved: number) => {
    process.memory.writeU32(result, moved);
    return Errno.Success;
  };
  return transfer(process, descriptor, reads ? 'read' : 'write', buffers, done);
}

/** A disk may take its time: it is waited for elsewhere, and only this process waits. */
function sync(flush: typeof fsync) {
  return (process: WasiProcess, fd: number): number | Promise<number> => {
    const descriptor = process.descriptors.require(fd, flush === fsync ? Right.FdSync : Right.FdDatasync);
    if (!(descriptor instanceof HostFile || descriptor instanceof HostDirectory)) return Errno.Success;
    return waitForHost(process, (done) => flush(descriptor.host, done));
  };
}

async function waitForHost(
  process: WasiProcess,
  start: (done: (error: Error | null) => void) => void,
): Promise<number> {
  const error = await process.block<Error | null>((wake) => {
    start(wake);
    return () => {};
  });
  if (error === interrupted) return Errno.Interrupted;
  return error === null ? Errno.Success : (errnoOf(error) ?? Errno.InputOutput);
}

export const descriptorCalls: Readonly<Record<string, CallDefinition>> = {
  fd_read: {
    args: ['fd', 'iovs', 'count', 'result'],
    blocks: true,
    call: (process, fd: number, list: number, count: number, result: number) =>
      vectors(process, fd, list, count, result, true),
  },
  fd_write: {
    args: ['fd', 'iovs', 'count', 'result'],
    blocks: true,
    call: (process, fd: number, list: number, count: number, result: number) =>
      vectors(process, fd, list, count, result, false),
  },
  fd_sync: { args: ['fd'], blocks: true, call: sync(fsync) },
  fd_datasync: { args: ['fd'], blocks: true, call: sync(fdatasync) },
  fd_close: {
    args: ['fd'],
    call: (process, fd: number) => {
      process.descriptors.close(fd);
      return Errno.Success;
    },
  },
  fd_renumber: {
    args: ['from', 'to'],
    call: (process, from: number, to: number) => {
      process.descriptors.renumber(from, to);
      return Errno.Success;
    },
  },
  fd_fdstat_get: {
    args: ['fd', 'result'],
    call: (process, fd: number, result: number) =>
      writeFdStat(process.memory, result >>> 0, process.descriptors.get(fd)),
  },
  fd_fdstat_set_rights: {
    args: ['fd', 'base', 'inheriting'],
    call: (process, fd: number, base: bigint, inheriting: bigint) => {
      const descriptor = process.descriptors.get(fd);
      const [wanted, inherited] = [BigInt.asUintN(64, base), BigInt.asUintN(64, inheriting)];
      if ((wanted & ~descriptor.rights) !== 0n || (inherited & ~descriptor.inheriting) !== 0n)
        return Errno.NotCapable;
      descriptor.rights = wanted;
      descriptor.inheriting = inherited;
      return Errno.Success;
    },
  },
  fd_fdstat_set_flags: {
    args: ['fd', 'flags'],
    call: (process, fd: number, flags: number) => {
      const descriptor = process.descriptors.require(fd, Right.FdFdstatSetFlags);
      if (flags >>> 0 > 31) return Errno.Invalid;
      if (descriptor instanceof HostFile) descriptor.setFlags(flags);
      else descriptor.flags = flags & (FdFlag.Nonblock | FdFlag.Append);
      return Errno.Success;
    },
  },
};
