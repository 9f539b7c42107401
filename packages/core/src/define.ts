import type { z } from 'zod';
import type { Platform } from './platform.ts';
import type { Signal } from './signal.ts';

/** Structured logging: one JSON line a call. debug and info go to stdout, warn and error to stderr. */
export interface DaemonLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>> | Error): void;
}

/** Rate, errors and duration of the daemon's work. */
export interface DaemonMetrics {
  /** Counts one piece of work, with its duration in milliseconds and whether it failed. */
  record(work: { durationMs: number; error?: boolean }): void;
  /** Runs and records a piece of work. */
  measure<T>(work: () => T | Promise<T>): Promise<T>;
  snapshot(): MetricsSnapshot;
}

export interface MetricsSnapshot {
  readonly count: number;
  readonly errors: number;
  /** Pieces of work a second over the last minute. */
  readonly ratePerSecond: number;
  /** Milliseconds, over the last 1024 pieces of work. */
  readonly durationMs: { readonly p50: number; readonly p95: number; readonly max: number };
}

/** A socket that the platform listens on and has handed over: `server.listen({ fd })` takes it. */
export interface ActivatedSocket {
  /** The file descriptor, 3 or more: a listening socket, or whatever else the unit of the platform says. */
  readonly fd: number;
  /** `FileDescriptorName=` of systemd.socket(5), `unknown` where the platform gives none. */
  readonly name: string;
}

export interface DaemonContext<Config> {
  readonly name: string;
  readonly platform: Platform;
  /** Validated. Replaced before `reload` is called, when the configuration has changed. */
  readonly config: Config;
  /** Aborted on TERM and INT. */
  readonly signal: AbortSignal;
  /** The other signals that can be caught, as they arrive: HUP (after `reload`), QUIT, USR1, USR2. */
  readonly signals: AsyncIterable<Signal>;
  readonly log: DaemonLog;
  readonly metrics: DaemonMetrics;
  /** Says that the daemon is ready to work; without a call it is when `init` has resolved. Idempotent. */
  ready(): void;
  /** Tells what the daemon is doing, in one line for people: the message of its status. An empty text takes it back. */
  status(text: string): void;
  /** Sockets of a socket activation, in the order of the platform; empty without one. */
  readonly sockets: readonly ActivatedSocket[];
}

export interface HealthReport {
  readonly healthy: boolean;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface DaemonDefinition<Schema extends z.ZodType = z.ZodType<undefined>> {
  readonly name: string;
  readonly version?: string;
  /** Schema of `ctx.config`. Without one the daemon takes no configuration, and any that is given is refused. */
  readonly config?: Schema;
  /** True: `ready` waits for `ctx.ready()`. False (the default): the daemon is ready when `init` has resolved. */
  readonly manualReady?: boolean;
  init?(ctx: DaemonContext<z.output<Schema>>): void | Promise<void>;
  /** The daemon itself. When it returns, the daemon ends with exit code 0. */
  run(ctx: DaemonContext<z.output<Schema>>): void | Promise<void>;
  /** On HUP. */
  reload?(ctx: DaemonContext<z.output<Schema>>): void | Promise<void>;
  /** After `run` has ended; bounded by the stop timeout. */
  shutdown?(ctx: DaemonContext<z.output<Schema>>): void | Promise<void>;
  health?(ctx: DaemonContext<z.output<Schema>>): boolean | HealthReport | Promise<boolean | HealthReport>;
}

/** Marks a definition across copies of this package. */
export const daemonMarker: unique symbol = Symbol.for('duende.daemon') as never;

export type DefinedDaemon<Schema extends z.ZodType = z.ZodType> = DaemonDefinition<Schema> & {
  readonly [daemonMarker]: 1;
};

/** Declares a daemon; make it the default export of its module. */
export function defineDaemon<Schema extends z.ZodType = z.ZodType<undefined>>(
  definition: DaemonDefinition<Schema>,
): DefinedDaemon<Schema> {
  return Object.freeze({ ...definition, [daemonMarker]: 1 as const });
}
