/** Of agent/protocol.h; agent/PROTOCOL.md says what each holds. */
export const frameTypes = {
  exec: 6,
  stdin: 7,
  execSignal: 8,
  stats: 9,
  clock: 13,
  file: 5,
  out: 70,
  execExit: 71,
  statsOk: 72,
  fileOk: 75,
  stdinAck: 76,
} as const;

/** Bytes before a payload: its length, type, mask and sequence. */
const headSize = 12;

/** Pure: 32-bit numbers, little endian. */
export function words(...values: readonly number[]): Buffer {
  const data = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) data.writeInt32LE(value | 0, index * 4);
  return data;
}

/** Pure: a frame for the socket `exec`, where sequence and mask are 0. */
export function encodeFrame(type: number, ...parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  const head = Buffer.alloc(headSize);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt16LE(type, 4);
  return Buffer.concat([head, payload]);
}

export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

/** Cuts a stream into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete with this piece. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (this.#rest.length < headSize) return frames;
      const end = headSize + this.#rest.readUInt32LE(0);
      if (this.#rest.length < end) return frames;
      frames.push({ type: this.#rest.readUInt16LE(4), payload: this.#rest.subarray(headSize, end) });
      this.#rest = this.#rest.subarray(end);
    }
  }
}
