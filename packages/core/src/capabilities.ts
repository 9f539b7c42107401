import { type Signal, signals } from './signal.ts';

/** Something a spec can ask for: enforced (and by what), or not (and why, in words for the user). */
export type Support =
  | { readonly supported: true; readonly by: string }
  | { readonly supported: false; readonly why: string; readonly fix?: string };

export const supported = (by: string): Support => ({ supported: true, by });
export const unsupported = (why: string, fix?: string): Support =>
  fix === undefined ? { supported: false, why } : { supported: false, why, fix };

export const restartPolicies = ['never', 'on-failure', 'always', 'unless-stopped'] as const;
export type RestartPolicy = (typeof restartPolicies)[number];

export const resourceNames = [
  'memoryMax',
  'memorySwapMax',
  'cpuQuota',
  'cpuWeight',
  'ioReadBps',
  'ioWriteBps',
  'pidsMax',
  'openFilesMax',
  'lockMemory',
] as const;
export type ResourceName = (typeof resourceNames)[number];

export const sandboxNames = ['filesystem', 'network', 'capabilities', 'noNewPrivileges', 'seccomp'] as const;
export type SandboxName = (typeof sandboxNames)[number];

export const statsFields = [
  'cpuUsec',
  'memoryBytes',
  'memoryLimitBytes',
  'pids',
  'openFiles',
  'ioReadBytes',
  'ioWriteBytes',
  'uptimeMs',
] as const;
export type StatsField = (typeof statsFields)[number];

/** What an adapter can do on this machine. Skips of the conformance kit come from here and nowhere else. */
export interface Capabilities {
  readonly signals: Readonly<Record<Signal, Support>>;
  readonly restart: Readonly<Record<RestartPolicy, Support>>;
  /** `restart.delay`, `factor` and `maxDelay` of the spec. Where the platform waits by its own rules, a spec that has them is refused. Without it: kept. */
  readonly backoff?: Support;
  /** `restart.maxRestarts` and `window` of the spec, likewise. */
  readonly restartLimit?: Support;
  readonly readiness: { readonly none: Support; readonly notify: Support };
  readonly health: { readonly command: Support; readonly http: Support; readonly tcp: Support };
  readonly resources: Readonly<Record<ResourceName, Support>>;
  readonly sandbox: Readonly<Record<SandboxName, Support>>;
  readonly identity: { readonly user: Support; readonly group: Support };
  readonly daemons: { readonly program: Support; readonly module: Support };
  readonly logs: {
    readonly capture: Support;
    /** `logs.maxSize` and `logs.files` of the spec. Where the platform cuts logs by its own rules, a spec that has them is refused. */
    readonly rotation: Support;
    /** Lines are kept to the last character: empty ones, and spaces at the end. */
    readonly exact: Support;
    /** Nothing is lost when 10 MB come within a second. */
    readonly bursts: Support;
  };
  readonly stats: readonly StatsField[];
  readonly trace: Support;
  readonly install: Support;
  /** The process that watches the daemons may be killed with -9 and nothing is lost. */
  readonly managerKill: Support;
  /** Names under `platform.<name>` that this adapter reads. */
  readonly settings: readonly string[];
}

/** The same for each of a list: `everything(signals, () => supported('kill(2)'))`. */
export function everything<Key extends string>(
  keys: readonly Key[],
  support: (key: Key) => Support,
): Record<Key, Support> {
  return Object.fromEntries(keys.map((key) => [key, support(key)])) as Record<Key, Support>;
}

/** Of a platform that cannot be used here at all; `no` says why. */
export function noCapabilities(no: Support): Capabilities {
  return {
    signals: everything(signals, () => no),
    restart: everything(restartPolicies, () => no),
    backoff: no,
    restartLimit: no,
    readiness: { none: no, notify: no },
    health: { command: no, http: no, tcp: no },
    resources: everything(resourceNames, () => no),
    sandbox: everything(sandboxNames, () => no),
    identity: { user: no, group: no },
    daemons: { program: no, module: no },
    logs: { capture: no, rotation: no, exact: no, bursts: no },
    stats: [],
    trace: no,
    install: no,
    managerKill: no,
    settings: [],
  };
}
