/** OCI runtime-spec 1.0.2, config.md and config-linux.md: what is used here, in its own words. */
export interface RuntimeSpec {
  readonly ociVersion: string;
  readonly process: OciProcess;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname?: string;
  readonly mounts: readonly OciMount[];
  readonly hooks?: { readonly createRuntime: readonly OciHook[] };
  readonly linux: OciLinux;
}

export interface OciProcess {
  readonly terminal: false;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: {
    readonly bounding: readonly string[];
    readonly effective: readonly string[];
    readonly permitted: readonly string[];
  };
  readonly rlimits: readonly { readonly type: string; readonly hard: number; readonly soft: number }[];
  readonly noNewPrivileges: boolean;
}

export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export interface OciHook {
  readonly path: string;
  readonly args: readonly string[];
  /** Seconds. */
  readonly timeout: number;
}

interface Throttle {
  readonly major: number;
  readonly minor: number;
  /** Bytes a second. */
  readonly rate: number;
}

export interface OciResources {
  readonly devices: readonly { readonly allow: boolean; readonly access: string }[];
  readonly memory?: { readonly limit?: number; readonly swap?: number };
  readonly cpu?: { readonly quota?: number; readonly period?: number; readonly shares?: number };
  readonly pids?: { readonly limit: number };
  readonly blockIO?: {
    readonly throttleReadBpsDevice?: readonly Throttle[];
    readonly throttleWriteBpsDevice?: readonly Throttle[];
  };
  /** Files of cgroup version 2 with their content. */
  readonly unified?: Readonly<Record<string, string>>;
}

export interface OciSeccomp {
  readonly defaultAction: string;
  readonly architectures: readonly string[];
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly errnoRet: number;
  }[];
}

export interface OciLinux {
  readonly namespaces: readonly { readonly type: string }[];
  readonly cgroupsPath: string;
  readonly resources: OciResources;
  readonly seccomp?: OciSeccomp;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
}
