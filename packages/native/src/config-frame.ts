/** Writes the configuration of one supervisor; supervisor/config.c reads it. Pure. */
const tags = {
  base: 1,
  name: 2,
  id: 3,
  spec: 4,
  program: 5,
  argument: 6,
  variable: 7,
  cwd: 8,
  number: 9,
  group: 10,
  cgroup: 11,
  oomFile: 12,
  healthArgument: 13,
  healthHost: 14,
  healthRequest: 15,
  cgroupStep: 16,
  bootId: 17,
} as const;

export type FrameTag = keyof typeof tags;
export type Frame = readonly [tag: FrameTag, value: string];

/** One step of preparing control groups: make a folder (no value) or write a value to a file. `field` names the setting at fault. */
export interface CgroupStep {
  readonly field: string;
  readonly path: string;
  readonly value?: string;
}

export function cgroupStepFrame({ field, path, value }: CgroupStep): Frame {
  return ['cgroupStep', `${field}\0${path}\0${value ?? ''}\0`];
}

/** A length of the whole, then for each frame its tag, its length, its bytes and a NUL. */
export function encodeFrames(frames: readonly Frame[]): Buffer {
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
