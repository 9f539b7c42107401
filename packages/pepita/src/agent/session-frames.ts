/** Frames after the HELLO, in clear: agent/PROTOCOL.md. Layouts are those of agent/protocol.h; everything is little-endian. */
export const frameTypes = { run: 2, exec: 6, outAck: 12, out: 70, execExit: 71, rehearsed: 80 } as const;
const headSize = 12;

export function encodeFrame(type: number, sequence: number, ...parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  const head = Buffer.alloc(headSize);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt16LE(type, 4);
  head.writeUInt32LE(sequence, 8);
  return Buffer.concat([head, payload]);
}

export const words = (...values: readonly number[]): Buffer => {
  const data = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) data.writeUInt32LE(value, index * 4);
  return data;
};

export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

/** The whole frames at the begin of what has come, and the rest. */
export function takeFrames(data: Buffer): { readonly frames: Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = [];
  let rest = data;
  while (rest.length >= headSize && rest.length >= headSize + rest.readUInt32LE(0)) {
    const end = headSize + rest.readUInt32LE(0);
    frames.push({ type: rest.readUInt16LE(4), payload: rest.subarray(headSize, end) });
    rest = rest.subarray(end);
  }
  return { frames, rest };
}
