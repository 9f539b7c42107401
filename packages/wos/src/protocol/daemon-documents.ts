import { type DaemonStatus, failureReasons } from '@duende/core/contract';
import * as z from 'zod/mini';
import { processId } from './documents.ts';

const exit = z.union([
  z.object({ code: z.int() }),
  z.object({ signal: z.string(), coreDumped: z.optional(z.boolean()) }),
]);

const common = {
  restarts: z.int(),
  message: z.optional(z.string()),
  lastExit: z.optional(exit),
  health: z.optional(z.enum(['unknown', 'healthy', 'unhealthy'])),
};
/** ISO 8601. */
const time = z.string();
const ended = {
  ...common,
  startedAt: z.optional(time),
  finishedAt: z.optional(time),
  exit: z.optional(exit),
};

const status = z.discriminatedUnion('state', [
  z.object({
    ...common,
    state: z.literal('starting'),
    pid: z.optional(processId),
    startedAt: z.optional(time),
    restartAt: z.optional(time),
  }),
  z.object({
    ...common,
    state: z.enum(['running', 'paused', 'stopping']),
    pid: processId,
    startedAt: time,
  }),
  z.object({ ...ended, state: z.literal('stopped') }),
  z.object({ ...ended, state: z.literal('failed'), reason: z.enum(failureReasons) }),
]);

/** A status of @duende/core, as it is. What parses is one: TypeScript has other words for what is not there. */
export const daemonStatusDocument = z.pipe(
  status,
  z.transform((value) => value as DaemonStatus),
);

/** What names a daemon, and where its log is. */
export const daemonDocument = z.object({
  name: z.string(),
  instance: z.string(),
  /** Of its first run, so that all handles of a daemon are the same: a run that was restarted has another one. */
  pid: processId,
  /** Folder of its log, as @duende/program reads it: one log for all its runs. */
  log: z.string(),
});
export type DaemonDocument = z.output<typeof daemonDocument>;

export const daemonStatsDocument = z.object({
  /** ISO 8601. */
  time: z.string(),
  /** Of its process and of all that it started. */
  cpuUsec: z.number(),
  memoryBytes: z.number(),
  /** For each process. */
  memoryLimitBytes: z.number(),
  pids: z.int(),
  openFiles: z.int(),
  uptimeMs: z.number(),
});
export type DaemonStatsDocument = z.output<typeof daemonStatsDocument>;
