import { longestFrame } from './version.ts';

const head = 4;

/** Pure: a value as a frame: the length of its JSON in four bytes, big end first, and its JSON. @throws RangeError */
export function encodeFrame(value: unknown): Buffer {
  const text = JSON.stringify(value);
  const length = Buffer.byteLength(text);
  if (length > longestFrame) throw new RangeError(`A message has ${length} bytes, more than ${longestFrame}`);
  const frame = Buffer.allocUnsafe(head + length);
  frame.writeUInt32BE(length);
  frame.write(text, head);
  return frame;
}

/** Cuts what arrives into frames. */
export class FrameReader {
  #blocks: Buffer[] = [];
  #bytes = 0;

  /**
   * The values of the frames that are complete with this block.
   * @throws Error that says what is wrong: a frame that is too long, or no JSON; nothing can be read after it
   */
  push(block: Buffer): unknown[] {
    this.#blocks.push(block);
    this.#bytes += block.length;
    const values: unknown[] = [];
    for (;;) {
      if (this.#bytes < head) return values;
      const length = this.#peek(head).readUInt32BE();
      if (length > longestFrame)
        throw new Error(`a frame of ${length} bytes, more than ${longestFrame}: it is no frame, or too long`);
      if (this.#bytes < head + length) return values;
      const frame = this.#peek(head + length);
      this.#blocks = frame.length === head + length ? [] : [frame.subarray(head + length)];
      this.#bytes -= head + length;
      try {
        values.push(JSON.parse(frame.toString('utf8', head, head + length)));
      } catch {
        throw new Error('a frame that is not JSON');
      }
    }
  }

  /** The first bytes in one block. Blocks are joined only when they are needed, so that a long frame is copied once. */
  #peek(bytes: number): Buffer {
    if ((this.#blocks[0] as Buffer).length < bytes) this.#blocks = [Buffer.concat(this.#blocks)];
    return this.#blocks[0] as Buffer;
  }
}
