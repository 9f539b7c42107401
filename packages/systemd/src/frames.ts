import type { Frame as AnyFrame } from '@duende/program';

/** What the helper executes, in the order in which it reads it; unit/unit.h has the same tags. */
export const frameTags = {
  program: 5,
  argument: 6,
  variable: 7,
  healthArgument: 13,
  healthHost: 14,
  healthRequest: 15,
  identifier: 20,
} as const;

export type Frame = AnyFrame<keyof typeof frameTags>;
