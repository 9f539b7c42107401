import { RewriteError } from './rewrite-error.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads the binary format, and never beyond `end`. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.position >= this.end;
  }

  /** @throws RewriteError invalid: there is no further byte */
  byte(): number {
    if (this.position >= this.end) throw this.#ends();
    return this.bytes[this.position++] as number;
  }

  /** An unsigned 32-bit number in LEB128. */
  u32(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift <= 28; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RewriteError('invalid', `The module is damaged: a number at byte ${this.position} is too long`);
  }

  /** Passes a number of any width in LEB128. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  skip(count: number): void {
    if (count > this.end - this.position) throw this.#ends();
    this.position += count;
  }

  take(count: number): Uint8Array {
    const start = this.position;
    this.skip(count);
    return this.bytes.subarray(start, start + count);
  }

  text(): string {
    return decoder.decode(this.take(this.u32()));
  }

  #ends(): RewriteError {
    return new RewriteError('invalid', `The module is damaged: it ends in the middle, at byte ${this.end}`);
  }
}
