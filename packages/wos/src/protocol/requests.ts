import { signals } from '@duende/core/contract';
import * as z from 'zod/mini';
import { daemonRequests } from './daemon-requests.ts';
import {
  exitDocument,
  kernelDocument,
  processDocument,
  processId,
  statsDocument,
  traceDocument,
} from './documents.ts';

const nothing = z.strictObject({});
const ofProcess = z.strictObject({ pid: processId });
/** Milliseconds. */
const timeout = z._default(
  z
    .number('expected milliseconds')
    .check(z.gte(0, 'expected milliseconds'), z.lte(86_400_000, 'expected at most a day')),
  10_000,
);

const spawn = z.strictObject({
  /** Unique among what runs; made from the file's name without. */
  name: z.optional(z.string('expected text')),
  /** Path of a file that the kernel opens: it runs as the same user, on the same machine. */
  module: z.string('expected a path').check(
    z.refine((path) => path.startsWith('/') && !path.includes('\0'), {
      error: 'expected an absolute path',
    }),
  ),
  // The rest is checked by the kernel, which names the field.
  args: z.optional(z.array(z.string('expected text'), 'expected a list of texts')),
  env: z.optional(z.record(z.string(), z.string('expected text'))),
  cwd: z.optional(z.string('expected a path')),
  priority: z.optional(z.number('expected 0 (critical) to 7 (idle)')),
  capabilities: z.optional(z.record(z.string(), z.unknown())),
  limits: z.optional(z.record(z.string(), z.unknown())),
  isolation: z.optional(z.string('expected text')),
  log: z.optional(
    z.strictObject({
      maxSize: z.optional(z.number('expected bytes')),
      files: z.optional(z.number('expected a number of files')),
    }),
  ),
});

/** Every request: what it takes, what it answers, and what it tells until then. */
export const requests = {
  info: { params: nothing, result: kernelDocument, event: z.never() },
  spawn: { params: spawn, result: processDocument, event: z.never() },
  signal: {
    params: z.strictObject({
      pid: processId,
      signal: z.enum(signals as [(typeof signals)[number], ...typeof signals], 'expected one of the signals'),
    }),
    result: nothing,
    event: z.never(),
  },
  renice: {
    params: z.strictObject({ pid: processId, priority: z.number('expected 0 (critical) to 7 (idle)') }),
    result: nothing,
    event: z.never(),
  },
  status: {
    params: z.union([ofProcess, z.strictObject({ name: z.string() })], 'expected a pid or a name'),
    result: processDocument,
    event: z.never(),
  },
  list: {
    params: z.strictObject({ all: z._default(z.boolean('expected true or false'), false) }),
    result: z.array(processDocument),
    event: z.never(),
  },
  stats: { params: ofProcess, result: statsDocument, event: z.never() },
  wait: { params: ofProcess, result: exitDocument, event: z.never() },
  /** A message into its mailbox. */
  send: {
    params: z.strictObject({ pid: processId, base64: z.base64('expected base64') }),
    result: z.enum(['sent', 'full', 'too-big']),
    event: z.never(),
  },
  /** Until it ends or the request is cancelled. */
  trace: { params: ofProcess, result: nothing, event: traceDocument },
  /** TERM, and KILL after the timeout; answers when it has ended. */
  terminate: {
    params: z.strictObject({ pid: processId, timeout }),
    result: exitDocument,
    event: z.never(),
  },
  /** Forgets one that has ended, and its log. */
  remove: { params: ofProcess, result: nothing, event: z.never() },
  /** Ends all processes as `terminate` does, and the kernel. Answers when all have ended. */
  shutdown: { params: z.strictObject({ timeout }), result: nothing, event: z.never() },
  ...daemonRequests,
} as const;

export type RequestName = keyof typeof requests;
export type RequestParams<Name extends RequestName> = z.input<(typeof requests)[Name]['params']>;
export type CheckedParams<Name extends RequestName> = z.output<(typeof requests)[Name]['params']>;
export type RequestResult<Name extends RequestName> = z.output<(typeof requests)[Name]['result']>;

export const isRequestName = (name: string): name is RequestName => Object.hasOwn(requests, name);
