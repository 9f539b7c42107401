import type { Capabilities, StatsField } from './capabilities.ts';
import type { DaemonHandle } from './handle.ts';
import type { Platform } from './platform.ts';
import type { Signal } from './signal.ts';
import type { DaemonSpecInput } from './spec-types.ts';
import type { DaemonStatus } from './status.ts';
import type { TracerHandle, TracerOptions } from './tracer.ts';

/** Whether a platform can be used on this machine, and if not, why and what to do. */
export type Availability =
  | {
      readonly available: true;
      /** `systemd 252`, `Docker 28.2`: what was found. */
      readonly engine: string;
      readonly version?: string;
      /** What works less well than it could, and the fix: one sentence each. */
      readonly warnings?: readonly string[];
    }
  | { readonly available: false; readonly why: string; readonly fix: string };

/** One line that a daemon wrote. `text` has no line terminator; bytes that are no UTF-8 are replaced. */
export interface LogLine {
  /** ISO 8601 with microseconds: when the platform received the line. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface LogsOptions {
  /** Go on with new lines until the daemon has ended for good. */
  readonly follow?: boolean;
  /** Only lines received at or after this time (ISO 8601 or Date). */
  readonly since?: string | Date;
  /** Only the last so many of the lines that there are. */
  readonly tail?: number;
  /** Ends a `follow`. */
  readonly signal?: AbortSignal;
}

/** Resource use of a daemon and everything it started. A field that is not in `measured` is not there. */
export interface DaemonStats {
  /** ISO 8601. */
  readonly time: string;
  readonly measured: readonly StatsField[];
  /** Processor time used so far, in microseconds. */
  readonly cpuUsec?: number;
  /** Bytes; what the platform counts against its memory limit, else resident set size. */
  readonly memoryBytes?: number;
  readonly memoryLimitBytes?: number;
  /** Processes (or threads, where the platform counts those). */
  readonly pids?: number;
  readonly openFiles?: number;
  readonly ioReadBytes?: number;
  readonly ioWriteBytes?: number;
  /** Milliseconds since the current run began. */
  readonly uptimeMs?: number;
}

export interface StopOptions {
  /** Milliseconds between the stop signal and the kill; the spec's stopTimeout without it. */
  readonly timeout?: number;
}

export interface WaitOptions {
  /** Gives up waiting; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface RemoveOptions {
  /** Stop it first when it runs. */
  readonly force?: boolean;
}

/**
 * What every platform implements. Every method rejects with a PlatformError. A handle whose daemon was removed, or
 * replaced by a later one of the same name, gives reason `not-found`.
 */
export interface PlatformAdapter {
  readonly platform: Platform;
  /** What this adapter can do here, as data. A spec that asks for more is refused by name. */
  readonly capabilities: Capabilities;
  probe(): Promise<Availability>;
  /**
   * Resolves when the program was executed (readiness `none`) or has said that it is ready (`notify`).
   * @throws SpawnFailed (exec-failed, already-exists, timeout, permission-denied, engine-error), Config (invalid-setting)
   */
  spawn(daemon: DaemonSpecInput): Promise<DaemonHandle>;
  /** @throws SignalFailed (not-running, not-found, permission-denied) */
  signal(handle: DaemonHandle, signal: Signal): Promise<void>;
  /** @throws StatusFailed (not-found, engine-error) */
  status(handle: DaemonHandle): Promise<DaemonStatus>;
  /** @throws TracerFailed (not-running, not-found, permission-denied, unavailable), NotSupported */
  attachTracer(handle: DaemonHandle, options?: TracerOptions): Promise<TracerHandle>;
  /** stopSignal, wait, then kill everything the daemon started. Idempotent: a daemon that has ended is left as it is. */
  stop(handle: DaemonHandle, options?: StopOptions): Promise<DaemonStatus>;
  /** Stops it when it runs and starts it again from its spec; its log goes on. Resolves with the handle of the new run. */
  restart(handle: DaemonHandle, options?: StopOptions): Promise<DaemonHandle>;
  /** Resolves in a terminal state. */
  wait(handle: DaemonHandle, options?: WaitOptions): Promise<DaemonStatus>;
  logs(handle: DaemonHandle, options?: LogsOptions): AsyncIterable<LogLine>;
  stats(handle: DaemonHandle): Promise<DaemonStats>;
  /** Every daemon of this platform that Duende made here, running or not. */
  list(): Promise<DaemonHandle[]>;
  /** The daemon of this name, or `undefined`. Cheaper than `list()`. */
  find(name: string): Promise<DaemonHandle | undefined>;
  /** Forgets a daemon that has ended, with its log. Idempotent. @throws StatusFailed (engine-error) when it still runs */
  remove(handle: DaemonHandle, options?: RemoveOptions): Promise<void>;
  /** Makes the daemon survive a reboot, where the platform can. */
  install?(daemon: DaemonSpecInput): Promise<DaemonHandle>;
  uninstall?(name: string): Promise<void>;
  /** Problems found in the adapter's own state (a damaged entry ...): one line each, for `doctor` and `ps`. */
  problems?(): Promise<string[]>;
  /** Lets go of connections and watchers. Daemons go on. */
  close?(): Promise<void>;
}
