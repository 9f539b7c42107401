import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  readvSync,
  writevSync,
} from 'node:fs';
import { type Descriptor, FdFlag, FileType } from './descriptor.ts';
import { Errno, errnoOf, WasiError } from './errno.ts';

export function fileTypeOf(stats: Pick<BigIntStats, 'mode'>): number {
  switch (Number(stats.mode) & constants.S_IFMT) {
    case constants.S_IFREG:
      return FileType.RegularFile;
    case constants.S_IFDIR:
      return FileType.Directory;
    case constants.S_IFLNK:
      return FileType.SymbolicLink;
    case constants.S_IFCHR:
      return FileType.CharacterDevice;
    case constants.S_IFBLK:
      return FileType.BlockDevice;
    case constants.S_IFSOCK:
      return FileType.SocketStream;
    default:
      return FileType.Unknown;
  }
}

const total = (buffers: readonly Uint8Array[]) => buffers.reduce((sum, buffer) => sum + buffer.length, 0);

/** Milliseconds between two looks at a FIFO or a device that had nothing: Node offers no readiness for them. */
const lookAgain = 5;

/** Flags that the host's descriptor has to have, beside how it is accessed. */
export function hostFlags(flags: number): number {
  let host = constants.O_NONBLOCK;
  if (flags & FdFlag.Append) host |= constants.O_APPEND;
  if (flags & FdFlag.Dsync) host |= constants.O_DSYNC;
  if (flags & (FdFlag.Sync | FdFlag.Rsync)) host |= constants.O_SYNC;
  return host;
}

/** An open file of the host. It is opened so that nothing on it blocks: a FIFO without data says EAGAIN. */
export class HostFile implements Descriptor {
  readonly fileType: number;
  rights: bigint;
  inheriting = 0n;
  flags: number;
  /** Bytes from the beginning. Kept here, for Node cannot seek. */
  position = 0;
  #host: number;
  readonly #access: number;
  /** What was read to see whether there is anything to read. */
  #ahead = Buffer.alloc(0);

  /** @param access O_RDONLY, O_WRONLY or O_RDWR, as the descriptor was opened */
  constructor(host: number, fileType: number, rights: bigint, flags: number, access: number) {
    this.#host = host;
    this.fileType = fileType;
    this.rights = rights;
    this.flags = flags;
    this.#access = access;
  }

  get host(): number {
    return this.#host;
  }

  get seekable(): boolean {
    return this.fileType === FileType.RegularFile || this.fileType === FileType.BlockDevice;
  }

  /** Node cannot change an open descriptor: the file is opened anew, with other flags. */
  setFlags(flags: number): void {
    if (hostFlags(flags) !== hostFlags(this.flags)) {
      const next = openSync(`/proc/self/fd/${this.#host}`, this.#access | hostFlags(flags));
      closeSync(this.#host);
      this.#host = next;
    }
    this.flags = flags;
  }

  #unlessEmpty(act: () => number): number | undefined {
    try {
      return act();
    } catch (error) {
      if (errnoOf(error) === Errno.Again) return undefined;
      throw error;
    }
  }

  read(buffers: readonly Uint8Array[]): number | undefined {
    if (total(buffers) === 0) return 0;
    if (this.seekable) {
      const count = readvSync(this.#host, buffers, this.position);
      this.position += count;
      return count;
    }
    if (this.#ahead.length === 0) return this.#unlessEmpty(() => readvSync(this.#host, buffers));
    let count = 0;
    for (const buffer of buffers) {
      const copied = this.#ahead.copy(buffer, 0, count);
      count += copied;
      if (count === this.#ahead.length) break;
    }
    this.#ahead = this.#ahead.subarray(count);
    return count;
  }

  write(buffers: readonly Uint8Array[]): number | undefined {
    if (total(buffers) === 0) return 0;
    if (!this.seekable) return this.#unlessEmpty(() => writevSync(this.#host, buffers));
    const count = writevSync(this.#host, buffers, this.position);
    // Linux appends, whatever the position says, when the file was opened for appending.
    const append = (this.flags & FdFlag.Append) !== 0;
    this.position = append ? Number(fstatSync(this.#host).size) : this.position + count;
    return count;
  }

  readAt(buffers: readonly Uint8Array[], position: number): number {
    if (!this.seekable) throw new WasiError(Errno.InvalidSeek);
    return total(buffers) === 0 ? 0 : readvSync(this.#host, buffers, position);
  }

  writeAt(buffers: readonly Uint8Array[], position: number): number {
    if (!this.seekable) throw new WasiError(Errno.InvalidSeek);
    return total(buffers) === 0 ? 0 : writevSync(this.#host, buffers, position);
  }

  readable(): { bytes: number; hangup: boolean } | undefined {
    if (this.seekable)
      return { bytes: Math.max(0, fstatSync(this.#host).size - this.position), hangup: false };
    if (this.#ahead.length > 0) return { bytes: this.#ahead.length, hangup: false };
    const block = Buffer.alloc(4096);
    const count = this.#unlessEmpty(() => readSync(this.#host, block));
    if (count === undefined) return undefined;
    this.#ahead = block.subarray(0, count);
    return { bytes: count, hangup: count === 0 };
  }

  readonly watchRead = (ready: () => void): (() => void) => {
    const timer = setInterval(ready, lookAgain);
    return () => clearInterval(timer);
  };
  readonly watchWrite = this.watchRead;

  close(): void {
    closeSync(this.#host);
  }
}
