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

function putNumber(buffer: Buffer, value: number, at: number): void {
  buffer[at] = value;
  buffer[at + 1] = value >> 8;
  buffer[at + 2] = value >> 16;
  buffer[at + 3] = value >> 24;
}

/**
 * A length of the whole, then for each frame its tag, its length, its bytes and a NUL. Little endian. A supervisor waits for it, and a
 * program that spawns for the first time has no compiled code yet: few calls, each text is written once.
 */
export function encodeFrames(frames: readonly Frame[]): Buffer {
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
