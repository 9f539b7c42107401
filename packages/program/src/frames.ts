export type Frame<Tag extends string = string> = readonly [tag: Tag, value: string];

/**
 * What a static helper program reads byte for byte: a length of the whole, then for each frame its tag, its length, its bytes and a
 * NUL; numbers are 32 bits, little endian. `tags` are the helper's own.
 */
export function encodeFrames<Tag extends string>(
  frames: readonly Frame<Tag>[],
  tags: Readonly<Record<Tag, number>>,
): Buffer {
  const lengths = frames.map(([, value]) => Buffer.byteLength(value));
  const total = lengths.reduce((sum, length) => sum + length + 9, 0);
  const buffer = Buffer.allocUnsafe(total + 4);
  let at = buffer.writeUInt32LE(total, 0);
  for (const [index, [tag, value]] of frames.entries()) {
    at = buffer.writeUInt32LE(tags[tag], at);
    at = buffer.writeUInt32LE(lengths[index] as number, at);
    at += buffer.write(value, at);
    at = buffer.writeUInt8(0, at);
  }
  return buffer;
}
