import * as z from 'zod/mini';
import { exitDocument, type ProcessDocument, processId } from '../protocol/documents.ts';

/** What is kept of a process on disk: what a kernel after this one has to know. No environment: it may hold secrets. */
export const recordSchema = z.object({
  version: z.literal(1),
  /** Name of its folder. */
  id: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
  pid: processId,
  name: z.string(),
  /** Not known of what another process has started. */
  module: z.optional(z.string()),
  args: z.array(z.string()),
  priority: z.int(),
  priorityName: z.string(),
  startedAt: z.string(),
  restarts: z.int(),
  cpuTime: z.number(),
  memory: z.number(),
  endedAt: z.optional(z.string()),
  exit: z.optional(exitDocument),
  /** The kernel that ran it was killed. */
  lost: z.optional(z.literal(true)),
  /** The daemon whose run it is, and that one's log; others have their log beside the record. */
  daemon: z.optional(z.string()),
  log: z.optional(z.string()),
});
export type ProcessRecord = z.output<typeof recordSchema>;

/** Pure: a process that does not run, as its record tells it. @param log where it is when the record does not say */
export function describeRecord(record: ProcessRecord, log: string): ProcessDocument {
  const { version: _, id: __, daemon: ___, lost, log: own = log, ...rest } = record;
  return { ...rest, log: own, state: lost ? 'lost' : 'ended', parent: 1 };
}
