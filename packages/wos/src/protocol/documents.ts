import { errorCodes, errorReasons } from '@duende/core/contract';
import * as z from 'zod/mini';

export const processId = z
  .int('expected a PID')
  .check(z.gte(1, 'expected a PID of at least 1'), z.lte(2 ** 31, 'expected a PID'));

export const exitDocument = z.union([
  z.object({ code: z.int(), oom: z.optional(z.literal(true)) }),
  z.object({ signal: z.string(), trap: z.optional(z.string()), oom: z.optional(z.literal(true)) }),
]);
export type ExitDocument = z.output<typeof exitDocument>;

/** What there is to say of a process. */
export const processDocument = z.object({
  pid: processId,
  name: z.string(),
  /** `lost`: the kernel that ran it was killed. */
  state: z.enum(['running', 'paused', 'ended', 'lost']),
  /** Of a running one: `ready` waits for its turn. */
  activity: z.optional(z.enum(['ready', 'running', 'sleeping'])),
  parent: z.int(),
  /** 0 critical to 7 idle. */
  priority: z.int(),
  priorityName: z.string(),
  /** Milliseconds. */
  cpuTime: z.number(),
  /** Bytes of linear memory; after the end, what it had then. */
  memory: z.number(),
  restarts: z.int(),
  /** ISO 8601. */
  startedAt: z.string(),
  endedAt: z.optional(z.string()),
  exit: z.optional(exitDocument),
  /** Absolute path of its module. Not known of what another process has started. */
  module: z.optional(z.string()),
  args: z.array(z.string()),
  /** Folder of its log, as @duende/program reads it. */
  log: z.string(),
  /** Why its log cannot be written at the moment: the process waits. */
  logBlocked: z.optional(z.string()),
});
export type ProcessDocument = z.output<typeof processDocument>;

export const statsDocument = z.object({
  cpuTime: z.number(),
  memory: z.number(),
  calls: z.number(),
  preemptions: z.number(),
  openFiles: z.int(),
  mailboxCount: z.int(),
  mailboxBytes: z.int(),
});

export const kernelDocument = z.object({
  /** Of the process of this machine in which the kernel runs. */
  pid: z.int(),
  version: z.string(),
  startedAt: z.string(),
  threads: z.int(),
  /** Running and paused ones. */
  processes: z.int(),
  /** Bytes of resident memory. */
  memory: z.number(),
  /** Processes that ran in a kernel before this one, which was killed. */
  lost: z.array(z.object({ pid: processId, name: z.string() })),
});
export type KernelDocument = z.output<typeof kernelDocument>;

export const traceDocument = z.object({
  events: z.array(
    z.object({
      time: z.number(),
      pid: processId,
      call: z.string(),
      args: z.record(z.string(), z.union([z.number(), z.string()])),
      result: z.optional(z.number()),
      error: z.optional(z.string()),
      duration: z.number(),
    }),
  ),
  /** Calls since the last report that were not told, because the client does not read as fast as they are made. */
  dropped: z.int(),
});
export type TraceDocument = z.output<typeof traceDocument>;

export const errorDocument = z.object({
  code: z.enum(errorCodes),
  reason: z.enum(errorReasons),
  message: z.string(),
  operation: z.optional(z.string()),
  field: z.optional(z.string()),
  hint: z.optional(z.string()),
});
export type ErrorDocument = z.output<typeof errorDocument>;
