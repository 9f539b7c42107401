import { isDaemonName, type Signal, signals } from '@duende/core/contract';
import * as z from 'zod/mini';
import { daemonDocument, daemonStatsDocument, daemonStatusDocument } from './daemon-documents.ts';
import { daemonSettings, milliseconds, runSettings } from './daemon-settings.ts';
import { traceDocument } from './documents.ts';

const nothing = z.strictObject({});
const name = z
  .string('expected a name')
  .check(z.refine(isDaemonName, { error: 'expected the name of a daemon' }));
/** Of a new daemon, chosen by who spawns it. */
const newInstance = z.uuid('expected a UUID');
/** A handle may hold anything: what no daemon has is not found. */
const instance = z.string('expected text').check(z.maxLength(200));
const ofDaemon = z.strictObject({ name, instance });
const timeout = z.optional(milliseconds);
const spec = z.record(z.string(), z.unknown());

/**
 * About daemons. All but `spawn`, `find` and `list` reject with reason not-found (in the code of their own: SignalFailed,
 * StatusFailed, TracerFailed) when the daemon was removed, or replaced by a later one of its name.
 */
export const daemonRequests = {
  /**
   * Answers when the module runs, or for readiness `notify` when it has said READY=1. Takes the place of one of its name that has
   * ended. Cancelled, or when the client goes before, it is taken back. Rejects SpawnFailed (already-exists, exec-failed, not-found,
   * timeout, unavailable), Config; nothing is left of it then, and what it was to replace is there as before.
   */
  'daemon.spawn': {
    params: z.extend(daemonSettings, { name, instance: newInstance }),
    result: daemonDocument,
    event: z.never(),
  },
  'daemon.status': { params: ofDaemon, result: daemonStatusDocument, event: z.never() },
  /** All, ended ones too. `problems`: one line for each folder that cannot be read. */
  'daemon.list': {
    params: nothing,
    result: z.object({ daemons: z.array(daemonDocument), problems: z.array(z.string()) }),
    event: z.never(),
  },
  /**
   * By name, whatever its instance, or only with that. `daemon` is not there when there is none, and `spec` not when it cannot be
   * read.
   */
  'daemon.find': {
    params: z.strictObject({ name, instance: z.optional(instance) }),
    result: z.object({ daemon: z.optional(z.extend(daemonDocument, { spec: z.optional(spec) })) }),
    event: z.never(),
  },
  /** To its process; STOP and CONT to all that it started too. Rejects SignalFailed / not-running, between two runs as well. */
  'daemon.signal': {
    params: z.strictObject({
      name,
      instance,
      signal: z.enum(signals as [Signal, ...Signal[]], 'expected one of the signals'),
    }),
    result: nothing,
    event: z.never(),
  },
  /** Its stop signal, and KILL to all after the timeout (of the spec without it). Answers when it has ended; it may have before. */
  'daemon.stop': {
    params: z.strictObject({ name, instance, timeout }),
    result: daemonStatusDocument,
    event: z.never(),
  },
  /**
   * Stops it and starts it again from its settings, as `next`; with `run` this is what runs from now on. The log goes on; restarts
   * count from 0. Rejects as `daemon.spawn`, when the module cannot be run before anything is stopped; when the next instance cannot
   * be started, the daemon is what it was after the stop.
   */
  'daemon.restart': {
    params: z.strictObject({ name, instance, next: newInstance, run: z.optional(runSettings), timeout }),
    result: daemonDocument,
    event: z.never(),
  },
  /** Answers in a terminal state. Can be cancelled. */
  'daemon.wait': { params: ofDaemon, result: daemonStatusDocument, event: z.never() },
  /** Rejects StatusFailed / not-running when it does not run at the moment. */
  'daemon.stats': { params: ofDaemon, result: daemonStatsDocument, event: z.never() },
  /** Over restarts, until it ends for good or the request is cancelled; answers then. Rejects TracerFailed / not-running. */
  'daemon.trace': { params: ofDaemon, result: nothing, event: traceDocument },
  /** Forgets it and its log; `false`: there is none. Rejects StatusFailed / engine-error when it runs; with force it is killed. */
  'daemon.remove': {
    params: z.strictObject({ name, instance, force: z._default(z.boolean('expected true or false'), false) }),
    result: z.object({ removed: z.boolean() }),
    event: z.never(),
  },
} as const;
