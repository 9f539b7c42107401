export type Frame<Tag extends string = string> = readonly [tag: Tag, value: string];

function putNumber(buffer: Buffer, value: number, at: number): void {
  buffer[at] = value;
  buffer[at + 1] = value >> 8;
  buffer[at + 2] = value >> 16;
  buffer[at + 3] = value >> 24;
}

/**
 * What a static helper reads byte for byte: a length of the whole, then for each frame its tag, its length, its bytes and a NUL; numbers
 * have 32 bits, little endian. `tags` are the helper's own. A helper waits for it, and a program that spawns for the first time has no
 * compiled code yet: few calls, each text is written once.
 */
export function encodeFrames<Tag extends string>(
  frames: readonly Frame<Tag>[],
  tags: Readonly<Record<Tag, number>>,
): Buffer {
  let room = 4;
  // A UTF-16 unit takes at most three bytes of UTF-8.
  for (const frame of frames) room += 9 + frame[1].length * 3;
  const buffer = Buffer.allocUnsafe(room);
  let at = 4;
  for (const frame of frames) {
    const length = buffer.write(frame[1], at + 8);
    putNumber(buffer, tags[frame[0]], at);
    putNumber(buffer, length, at + 4);
    at += length + 9;
    buffer[at - 1] = 0;
  }
  putNumber(buffer, at - 4, 0);
  return buffer.subarray(0, at);
}
