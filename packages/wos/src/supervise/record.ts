import { failureReasons } from '@duende/core/contract';
import * as z from 'zod/mini';
import { processId } from '../protocol/documents.ts';

const exit = z.union([z.object({ code: z.int() }), z.object({ signal: z.string() })]);
/** Milliseconds since 1970: a later kernel goes on with them. */
const moment = z.number();

/** Where a daemon is in its life, as it is kept on disk. What only means something while its process runs is not. */
export const daemonRecordSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  instance: z.string(),
  /** Of its first run; 0 before it. */
  firstPid: z.int(),
  /** `live`: a run goes on, or is being started. `waiting`: for its next run. */
  phase: z.enum(['live', 'waiting', 'ended']),
  /** Of the current run, or of the last. */
  pid: z.optional(processId),
  startedAt: moment,
  finishedAt: z.optional(moment),
  /** Automatic ones since it was spawned. */
  restarts: z.int(),
  restartAt: z.optional(moment),
  /** Restarts since the last good run: the next delay grows with them. */
  attempt: z.int(),
  /** The limit counts restarts from then on. */
  windowBegin: moment,
  windowCount: z.int(),
  stopAsked: z.boolean(),
  /** Of the last run that has ended, and of the one before. */
  exit: z.optional(exit),
  lastExit: z.optional(exit),
  /** It has ended and failed: why. */
  reason: z.optional(z.enum(failureReasons)),
  message: z.optional(z.string()),
});
export type DaemonRecord = z.output<typeof daemonRecordSchema>;

/** Pure: of a daemon before its first run. */
export const newRecord = (name: string, instance: string, now: number): DaemonRecord => ({
  version: 1,
  name,
  instance,
  firstPid: 0,
  phase: 'live',
  startedAt: now,
  restarts: 0,
  attempt: 0,
  windowBegin: 0,
  windowCount: 0,
  stopAsked: false,
});
