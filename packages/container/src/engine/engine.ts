import type { DaemonStats } from '@duende/core/contract';

export const runtimes = ['docker', 'podman', 'containerd'] as const;
export type Runtime = (typeof runtimes)[number];

/** A folder or file of this machine in the container. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface PublishedPort {
  readonly container: number;
  readonly host: number;
  readonly hostAddress: string;
  readonly protocol: 'tcp' | 'udp';
}

/** A container in no engine's words: rendered purely out of a spec (src/render), carried out by each engine. */
export interface ContainerPlan {
  /** `duende-<name>`. */
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** PID 1 with its arguments: our init. */
  readonly argv: readonly string[];
  /** Added to what the image gives. */
  readonly env: Readonly<Record<string, string>>;
  /** `uid:gid`, or a name that the image knows. The image's own without it. */
  readonly user?: string;
  readonly mounts: readonly Mount[];
  /** Folders in memory, empty at each start. */
  readonly tmpfs: readonly string[];
  readonly readOnlyRoot: boolean;
  /** `none`, `host`, `bridge`, or the name of a network of the engine. */
  readonly network: string;
  readonly ports: readonly PublishedPort[];
  /** The only Linux capabilities that are kept (`CAP_CHOWN`); the engine's usual ones without it. */
  readonly capabilities?: readonly string[];
  readonly noNewPrivileges: boolean;
  /** A filter of system calls that takes the place of the engine's own: as a profile of Docker's format, and where that is as a file. */
  readonly seccomp?: { readonly deny: readonly string[]; readonly text: string; readonly file: string };
  readonly limits: {
    /** Bytes. */
    readonly memory?: number;
    /** Bytes of swap beside memory. */
    readonly swap?: number;
    /** Processors; 1 is one whole core. */
    readonly cpus?: number;
    /** 1 to 10000, 100 being the default share. */
    readonly cpuWeight?: number;
    readonly pids?: number;
    readonly ioReadBps?: number;
    readonly ioWriteBps?: number;
    readonly openFiles?: number;
    /** Bytes that each process may lock into memory. */
    readonly lockedMemory?: number;
  };
  /** `SIGTERM`. What the engine's own stop sends. */
  readonly stopSignal: string;
  readonly stopTimeoutMs: number;
  readonly log: { readonly maxSize: number; readonly files: number };
  /** What the engine does when it starts and finds the container ended by its own end: restarts between runs are our init's. */
  readonly restart: 'no' | 'unless-stopped';
  /** `platform.container.hostConfig`: as the engine's API has it. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

/** A container as its engine knows it. */
export interface ContainerState {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** PID 1 of the container as this machine numbers it; 0 when it does not run. */
  readonly pid: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** ISO 8601; empty when never. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Why the engine could not start it. */
  readonly error: string;
}

export interface EngineInfo {
  readonly runtime: Runtime;
  /** `Docker 20.10.24`. */
  readonly title: string;
  readonly version: string;
  readonly apiVersion?: string;
  readonly rootless: boolean;
  readonly cgroupVersion: 1 | 2;
  /** Docker: containers outlive the daemon. */
  readonly liveRestore?: boolean;
  /** Limits that this engine cannot enforce here, by their names in `ContainerPlan.limits`, and why. */
  readonly missing: Readonly<Record<string, string>>;
}

/** Progress of a pull, for a terminal: one line of the engine's. */
export type PullProgress = (text: string) => void;

export interface RegistryCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly identityToken?: string | undefined;
  readonly server?: string | undefined;
}

/** What the adapter asks of an engine. Every method rejects with an `EngineError`. */
export interface Engine {
  readonly runtime: Runtime;
  /** Where its API is: `unix:///var/run/docker.sock`. */
  readonly address: string;
  info(): Promise<EngineInfo>;
  findImage(reference: string): Promise<boolean>;
  /** `archive` makes the bytes of a docker-archive (`docker save`); it may be called again after a lost connection. */
  loadImage(archive: () => AsyncIterable<Buffer>, reference: string): Promise<void>;
  pullImage(reference: string, credentials?: RegistryCredentials, progress?: PullProgress): Promise<void>;
  removeImage(reference: string): Promise<void>;
  /** Resolves with the id. @throws EngineError `conflict` when the name is taken, `no-image`. */
  create(plan: ContainerPlan): Promise<string>;
  start(id: string): Promise<void>;
  /** A signal to PID 1: `SIGTERM`. @throws EngineError `not-running`, `not-found` */
  kill(id: string, signal: string): Promise<void>;
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  /** By id or name; `undefined` when there is none. */
  inspect(id: string): Promise<ContainerState | undefined>;
  /** All containers with these labels, whatever their state. `pid`, `exitCode` ... may be 0 and empty in a list. */
  list(labels: Readonly<Record<string, string>>): Promise<ContainerState[]>;
  /** Kills it when it runs; with its anonymous volumes. No error when there is none. */
  remove(id: string): Promise<void>;
  /** `undefined`: this engine cannot. @throws EngineError `conflict` when the name is taken */
  readonly rename?: (id: string, name: string) => Promise<void>;
  /** Calls back when something about a container may have changed, `gap` when some of it may have been missed. */
  watch(id: string, changed: (news: 'changed' | 'gap') => void): () => void;
  /** Resolves when watching has begun: what happens from then on is told. */
  watching(): Promise<void>;
  stats(id: string): Promise<DaemonStats>;
  close(): void;
}
