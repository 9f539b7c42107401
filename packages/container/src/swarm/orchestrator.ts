import type {
  DaemonHandle,
  DaemonSpec,
  DaemonSpecInput,
  DaemonStats,
  DaemonStatus,
  LogLine,
  LogsOptions,
  RemoveOptions,
  Signal,
  StopOptions,
  WaitOptions,
} from '@duende/core/contract';
import type { PreparedImage } from '../prepare-image.ts';
import type { ContainerSettings } from '../settings.ts';

export interface OrchestratorSpawn {
  readonly spec: DaemonSpec;
  readonly settings: ContainerSettings;
  /** The spec as it was given, without defaults. */
  readonly input?: DaemonSpecInput | undefined;
  /** Called when the spec was found to be enforceable. */
  image(): Promise<PreparedImage>;
}

/**
 * What runs containers on several machines by itself: where they go, how often they are started again and how a new version comes in
 * are its own, and nothing of it is rebuilt here. Errors as those of `PlatformAdapter`.
 */
export interface Orchestrator {
  /** `runtime` in the data of its handles. */
  readonly runtime: string;
  spawn(request: OrchestratorSpawn): Promise<DaemonHandle>;
  status(handle: DaemonHandle): Promise<DaemonStatus>;
  signal(handle: DaemonHandle, signal: Signal): Promise<void>;
  stop(handle: DaemonHandle, options?: StopOptions): Promise<DaemonStatus>;
  /** What runs is replaced by and by, as its settings say. */
  restart(handle: DaemonHandle): Promise<DaemonHandle>;
  wait(handle: DaemonHandle, options?: WaitOptions): Promise<DaemonStatus>;
  logs(handle: DaemonHandle, options?: LogsOptions): AsyncIterable<LogLine>;
  stats(handle: DaemonHandle): Promise<DaemonStats>;
  /** Empty where the engine has no such orchestrator. */
  list(): Promise<DaemonHandle[]>;
  find(name: string): Promise<DaemonHandle | undefined>;
  remove(handle: DaemonHandle, options?: RemoveOptions): Promise<void>;
}
