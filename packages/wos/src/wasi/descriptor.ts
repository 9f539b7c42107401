import { Errno, WasiError } from './errno.ts';

/** WASI preview1 file types. */
export const FileType = {
  Unknown: 0,
  BlockDevice: 1,
  CharacterDevice: 2,
  Directory: 3,
  RegularFile: 4,
  SocketDatagram: 5,
  SocketStream: 6,
  SymbolicLink: 7,
} as const;

export const FdFlag = { Append: 1, Dsync: 2, Nonblock: 4, Rsync: 8, Sync: 16 } as const;

/** Calls `ready` once, when there may be something to do; returns what takes the wish back. */
export type Watch = (ready: () => void) => () => void;

/** What a file descriptor of a process stands for. Methods that a kind lacks are calls that it refuses. */
export interface Descriptor {
  readonly fileType: number;
  /** What the descriptor allows; a process can give rights up, never gain them. */
  rights: bigint;
  /** What descriptors opened through it can be given. */
  inheriting: bigint;
  flags: number;
  /** Set for a directory that the process was given. */
  readonly preopen?: Uint8Array;
  /**
   * Reads at most what the buffers hold; 0 is the end. `undefined`: nothing there yet.
   * @throws WasiError, or Node's error with a code.
   */
  read?(buffers: readonly Uint8Array[]): number | undefined;
  /** Writes a part at least, or `undefined`: no room yet. */
  write?(buffers: readonly Uint8Array[]): number | undefined;
  /** Bytes to read without waiting (0 at the end), `undefined` when a read would wait. */
  readable?(): { bytes: number; hangup: boolean } | undefined;
  writable?(): { bytes: number; hangup: boolean } | undefined;
  watchRead?: Watch;
  watchWrite?: Watch;
  close(): void;
}

/** The descriptors of one process. */
export class DescriptorTable {
  readonly #entries: (Descriptor | undefined)[] = [];
  readonly limit: number;
  #open = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get open(): number {
    return this.#open;
  }

  /** @throws WasiError EBADF */
  get(fd: number): Descriptor {
    const found = this.#entries[fd >>> 0];
    if (found === undefined) throw new WasiError(Errno.BadFileDescriptor);
    return found;
  }

  /** @throws WasiError EBADF, ENOTCAPABLE */
  require(fd: number, right: bigint): Descriptor {
    const found = this.get(fd);
    if ((found.rights & right) !== right) throw new WasiError(Errno.NotCapable);
    return found;
  }

  /** Whether one more fits: asked before anything is opened. @throws WasiError EMFILE */
  reserve(): void {
    if (this.#open >= this.limit) throw new WasiError(Errno.TooManyFiles);
  }

  /** Gives the lowest free number. @throws WasiError EMFILE; the descriptor is then closed */
  add(descriptor: Descriptor): number {
    if (this.#open >= this.limit) {
      descriptor.close();
      throw new WasiError(Errno.TooManyFiles);
    }
    let fd = 0;
    while (this.#entries[fd] !== undefined) fd++;
    this.#entries[fd] = descriptor;
    this.#open++;
    return fd;
  }

  close(fd: number): void {
    const descriptor = this.get(fd);
    this.#entries[fd >>> 0] = undefined;
    this.#open--;
    descriptor.close();
  }

  /** What `to` was is closed, and `from` becomes it. */
  renumber(from: number, to: number): void {
    const moved = this.get(from);
    const replaced = this.get(to);
    if (from === to) return;
    this.#entries[to >>> 0] = moved;
    this.#entries[from >>> 0] = undefined;
    this.#open--;
    replaced.close();
  }

  *all(): Generator<Descriptor> {
    for (const descriptor of this.#entries) if (descriptor) yield descriptor;
  }

  closeAll(): void {
    for (const descriptor of this.#entries.splice(0)) descriptor?.close();
    this.#open = 0;
  }
}
