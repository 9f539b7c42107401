/** Writes the configuration of one supervisor; supervisor/config.c reads it. Pure. */
const tags = {
  end: 0,
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
} as const;

export type FrameTag = Exclude<keyof typeof tags, 'end'>;
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

export function encodeFrames(frames: readonly Frame[]): Buffer {
  const parts: Buffer[] = [];
  for (const [tag, value] of frames) {
    const bytes = Buffer.from(value, 'utf8');
    const head = Buffer.allocUnsafe(8);
    head.writeUInt32LE(tags[tag], 0);
    head.writeUInt32LE(bytes.length, 4);
    parts.push(head, bytes);
  }
  parts.push(Buffer.alloc(8));
  return Buffer.concat(parts);
}
