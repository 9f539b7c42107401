import * as z from 'zod/mini';
import { exitDocument, type ProcessDocument, processId } from '../protocol/documents.ts';

/** What is kept of a process on disk: what a kernel after this one has to know. No environment: it may hold secrets. */
export const recordSchema = z.object({
  version: z.literal(1),
  /** Name of its folder. */
  id: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
  pid: processId,
  name: z.string(),
  module: z.string(),
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
});
export type ProcessRecord = z.output<typeof recordSchema>;

/** Pure: a process that does not run, as its record tells it. */
export function describeRecord(record: ProcessRecord, log: string): ProcessDocument {
  const { version: _, id: __, lost, ...rest } = record;
  return { ...rest, state: lost ? 'lost' : 'ended', parent: 1, log };
}
