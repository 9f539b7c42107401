/** What the helper executes, in the order in which it reads it; unit/unit.h has the same tags. */
const tags = {
  program: 5,
  argument: 6,
  variable: 7,
  healthArgument: 13,
  healthHost: 14,
  healthRequest: 15,
  identifier: 20,
} as const;

export type Frame = readonly [tag: keyof typeof tags, value: string];

/** A length of the whole, then for each frame its tag, its length, its bytes and a NUL. */
export function encodeFrames(frames: readonly Frame[]): Buffer {
  const parts = frames.map(([tag, value]) => {
    const bytes = Buffer.from(`${value}\0`);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(tags[tag], 0);
    head.writeUInt32LE(bytes.length - 1, 4);
    return Buffer.concat([head, bytes]);
  });
  const total = Buffer.alloc(4);
  total.writeUInt32LE(
    parts.reduce((sum, { length }) => sum + length, 0),
    0,
  );
  return Buffer.concat([total, ...parts]);
}
