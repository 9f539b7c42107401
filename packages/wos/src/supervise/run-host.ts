import type { Kernel, ProcessExit, TraceEvent } from '../kernel/index.ts';
import type { TimerQueue } from '../kernel/timers.ts';
import type { DaemonSettings } from '../protocol/daemon-settings.ts';

/** What of its settings a daemon has in memory. The rest, which may be long, is on disk until the next run. */
export type KeptSettings = Omit<DaemonSettings, 'run' | 'spec'>;

export interface RunPlan {
  readonly daemon: string;
  readonly run: DaemonSettings['run'];
  readonly log: { readonly folder: string; readonly maxSize: number; readonly files: number };
  readonly restarts: number;
  /** Gets the lines of sd_notify(3). */
  readonly notify: (lines: string) => void;
  /** Told of its calls from the first on, and of those of all that it starts. */
  readonly trace: ((events: readonly TraceEvent[]) => void) | undefined;
}

/** What daemons need of the kernel and of what keeps its processes. */
export interface RunHost {
  readonly kernel: Kernel;
  readonly timers: TimerQueue;
  /** @throws PlatformError Config, SpawnFailed; nothing is left of it then */
  launch(plan: RunPlan): Promise<{ readonly pid: number; readonly ended: Promise<ProcessExit> }>;
  /** Whether it can be run at all, as far as its module says. @throws PlatformError SpawnFailed: not-found, exec-failed */
  prepare(run: DaemonSettings['run']): Promise<void>;
  /** Forgets the process of a run that has ended. */
  discard(pid: number): void;
  /** How the process of a former kernel ended, when it had before its kernel was killed. */
  formerExit(pid: number): ProcessExit | undefined;
  /** Something began, or ended. */
  changed(): void;
  /** For whoever looks after the kernel: something that should work did not. */
  note(text: string): void;
}
