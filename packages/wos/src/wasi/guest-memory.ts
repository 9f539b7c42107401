import { Errno, WasiError } from './errno.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A process's linear memory. Every address comes from the guest: what lies outside ends the call with EFAULT, never the kernel.
 */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  #bytes: Uint8Array;
  #view: DataView;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** Bytes of memory that the process has now. */
  get size(): number {
    return this.#fresh().length;
  }

  #fresh(): Uint8Array {
    // Growing detaches the buffer: its arrays then have no length.
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
    return this.#bytes;
  }

  #checked(address: number, length: number): DataView {
    const all = this.#fresh();
    if (address + length > all.length) throw new WasiError(Errno.Fault);
    return this.#view;
  }

  /** A view that is valid until the process runs again. */
  bytes(address: number, length: number): Uint8Array {
    const at = address >>> 0;
    const count = length >>> 0;
    const all = this.#fresh();
    if (at + count > all.length) throw new WasiError(Errno.Fault);
    return all.subarray(at, at + count);
  }

  readU8(address: number): number {
    return this.#checked(address >>> 0, 1).getUint8(address >>> 0);
  }
  readU16(address: number): number {
    return this.#checked(address >>> 0, 2).getUint16(address >>> 0, true);
  }
  readU32(address: number): number {
    return this.#checked(address >>> 0, 4).getUint32(address >>> 0, true);
  }
  readU64(address: number): bigint {
    return this.#checked(address >>> 0, 8).getBigUint64(address >>> 0, true);
  }
  writeU8(address: number, value: number): void {
    this.#checked(address >>> 0, 1).setUint8(address >>> 0, value);
  }
  writeU16(address: number, value: number): void {
    this.#checked(address >>> 0, 2).setUint16(address >>> 0, value, true);
  }
  writeU32(address: number, value: number): void {
    this.#checked(address >>> 0, 4).setUint32(address >>> 0, value, true);
  }
  writeU64(address: number, value: bigint): void {
    this.#checked(address >>> 0, 8).setBigUint64(address >>> 0, value, true);
  }

  /** @throws WasiError EILSEQ when it is not UTF-8, EINVAL when it holds a NUL. */
  text(address: number, length: number): string {
    let text: string;
    try {
      text = decoder.decode(this.bytes(address, length));
    } catch (error) {
      throw error instanceof WasiError ? error : new WasiError(Errno.IllegalSequence);
    }
    if (text.includes('\0')) throw new WasiError(Errno.Invalid);
    return text;
  }

  /** Texts that each end with a NUL. @throws WasiError EILSEQ when they are not UTF-8, EINVAL when the last one has no end. */
  texts(address: number, length: number): string[] {
    if (length === 0) return [];
    const bytes = this.bytes(address, length);
    if (bytes.at(-1) !== 0) throw new WasiError(Errno.Invalid);
    try {
      return decoder.decode(bytes.subarray(0, -1)).split('\0');
    } catch {
      throw new WasiError(Errno.IllegalSequence);
    }
  }

  /**
   * The buffers of an iovec array, together at most `limit` bytes: a call may always do less than asked, and one huge call
   * would hold up every other process. More than 1024 buffers (IOV_MAX) are refused.
   */
  buffers(address: number, count: number, limit: number): Uint8Array[] {
    const many = count >>> 0;
    if (many > 1024) throw new WasiError(Errno.Invalid);
    this.bytes(address, many * 8);
    const buffers: Uint8Array[] = [];
    let left = limit;
    for (let index = 0; index < many; index++) {
      const at = (address >>> 0) + index * 8;
      const buffer = this.bytes(this.readU32(at), this.readU32(at + 4));
      if (left === 0 || buffer.length === 0) continue;
      buffers.push(buffer.length > left ? buffer.subarray(0, left) : buffer);
      left -= Math.min(left, buffer.length);
    }
    return buffers;
  }
}
