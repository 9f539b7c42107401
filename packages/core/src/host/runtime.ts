import type { ActivatedSocket, DaemonLog } from '../define.ts';
import type { Platform } from '../platform.ts';
import type { HealthAnswer } from './health.ts';
import type { Notifier } from './notifier.ts';
import type { SignalSource } from './signals.ts';

/**
 * What the lifecycle needs from the system it runs on. Node gives it in run-daemon.ts; another engine gives its own.
 * Beside these only AbortController and promises are used.
 */
export interface HostRuntime {
  readonly name: string;
  readonly platform: Platform;
  /** Milliseconds that the end may take, from the stop signal (or the end of `run`) on. */
  readonly stopTimeout: number;
  readonly log: DaemonLog;
  readonly notifier: Notifier;
  readonly signals: SignalSource;
  /** Sockets that the platform has opened for the daemon. */
  readonly sockets?: readonly ActivatedSocket[];
  /** Milliseconds after which the platform takes a silent daemon for dead; none when it does not watch. */
  readonly watchdogTimeout?: number;
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls back once after so many milliseconds; returns how to cancel that. */
  after(milliseconds: number, callback: () => void): () => void;
  /** The configuration before validation; asked again at each reload. */
  readConfig(): unknown;
  /** Errors that nothing caught; returns how to stop listening. */
  onUncaught?(listener: (error: unknown) => void): () => void;
  /** Answers health probes with `answer`, when there is an address for that; resolves with how to end it. */
  serveHealth?(answer: () => Promise<HealthAnswer>): Promise<(() => Promise<void>) | undefined>;
  /** Takes the default action of QUIT (core dump), since the daemon does not listen to it. */
  quit?(): void;
}
