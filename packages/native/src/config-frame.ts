import type { Frame as AnyFrame } from '@duende/program';

/** The configuration of one supervisor; supervisor/config.c reads it. */
export const frameTags = {
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

export type Frame = AnyFrame<keyof typeof frameTags>;

/** One step of preparing control groups: make a folder (no value) or write a value to a file. `field` names the setting at fault. */
export interface CgroupStep {
  readonly field: string;
  readonly path: string;
  readonly value?: string;
}

export function cgroupStepFrame({ field, path, value }: CgroupStep): Frame {
  return ['cgroupStep', `${field}\0${path}\0${value ?? ''}\0`];
}
