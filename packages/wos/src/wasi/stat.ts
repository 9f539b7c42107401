import type { BigIntStats } from 'node:fs';
import { type Descriptor, FileType } from './descriptor.ts';
import { Errno, WasiError } from './errno.ts';
import { fileTypeOf } from './file.ts';
import type { GuestMemory } from './guest-memory.ts';

/** `__wasi_filestat_t`: 64 bytes. */
export function writeStat(memory: GuestMemory, at: number, stats: BigIntStats): number {
  memory.bytes(at, 64).fill(0);
  memory.writeU64(at, stats.dev);
  memory.writeU64(at + 8, stats.ino);
  memory.writeU8(at + 16, fileTypeOf(stats));
  memory.writeU64(at + 24, stats.nlink);
  memory.writeU64(at + 32, stats.size);
  memory.writeU64(at + 40, stats.atimeNs);
  memory.writeU64(at + 48, stats.mtimeNs);
  memory.writeU64(at + 56, stats.ctimeNs);
  return Errno.Success;
}

/** For what is no file of the host. */
export function writeStreamStat(memory: GuestMemory, at: number, descriptor: Descriptor): number {
  memory.bytes(at, 64).fill(0);
  memory.writeU8(at + 16, descriptor.fileType);
  memory.writeU64(at + 24, 1n);
  return Errno.Success;
}

/** `__wasi_fdstat_t`: 24 bytes. */
export function writeFdStat(memory: GuestMemory, at: number, descriptor: Descriptor): number {
  memory.bytes(at, 24).fill(0);
  memory.writeU8(at, descriptor.fileType);
  memory.writeU16(at + 2, descriptor.flags);
  memory.writeU64(at + 8, descriptor.rights);
  memory.writeU64(at + 16, descriptor.inheriting);
  return Errno.Success;
}

/**
 * Seconds, as Node's utimes take them, for the flags of a set_times call. A double: times are exact to a quarter of a microsecond.
 * @throws WasiError EINVAL
 */
export function timesOf(
  current: BigIntStats,
  access: bigint,
  modified: bigint,
  flags: number,
): { access: number; modified: number } {
  // ATIM 1, ATIM_NOW 2, MTIM 4, MTIM_NOW 8: a time and now at once mean nothing.
  if ((flags & 3) === 3 || (flags & 12) === 12 || flags > 15) throw new WasiError(Errno.Invalid);
  const now = Date.now() / 1000;
  const seconds = (set: boolean, setNow: boolean, time: bigint, old: bigint) =>
    setNow ? now : Number(BigInt.asUintN(64, set ? time : old)) / 1e9;
  return {
    access: seconds((flags & 1) !== 0, (flags & 2) !== 0, access, current.atimeNs),
    modified: seconds((flags & 4) !== 0, (flags & 8) !== 0, modified, current.mtimeNs),
  };
}

/** A 64 bit unsigned size or offset as a number. @throws WasiError EINVAL when it is negative, EFBIG beyond 2^53 */
export function sizeOf(value: bigint): number {
  if (value < 0n) throw new WasiError(Errno.Invalid);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new WasiError(Errno.FileTooBig);
  return Number(value);
}

export const isDirectory = (descriptor: Descriptor): boolean => descriptor.fileType === FileType.Directory;
