import { type DaemonSpec, hostVariables } from '@duende/core/contract';
import type { ContainerPlan, Mount, Runtime } from '../engine/engine.ts';
import { labelsOf } from '../labels.ts';
import type { ContainerSettings } from '../settings.ts';

/** Where the init and its folder are in every container. */
export const initPath = '/run/duende-init';
export const runPath = '/run/duende';

export interface PlanInput {
  readonly runtime: Runtime;
  readonly key: string;
  /** The folder of all daemons, for the labels. */
  readonly base: string;
  readonly spec: DaemonSpec;
  readonly settings: ContainerSettings;
  readonly image: string;
  /** `uid:gid` or a name in the image. */
  readonly user: string | undefined;
  /** What the image's program needs. */
  readonly env: Readonly<Record<string, string>>;
  /** On this machine: the init, its folder, and a folder for each path that may be written. */
  readonly paths: {
    readonly init: string;
    readonly run: string;
    readonly writable: readonly string[];
    readonly seccomp: string;
  };
}

/** A profile of Docker's format that denies these calls and nothing else. */
function seccompOf({ spec: { sandbox }, paths }: PlanInput): ContainerPlan['seccomp'] {
  if (typeof sandbox.seccomp !== 'object') return undefined;
  const { deny } = sandbox.seccomp;
  const syscalls = [{ names: deny, action: 'SCMP_ACT_ERRNO', errnoRet: 1 }];
  return { deny, text: JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }), file: paths.seccomp };
}

function mountsOf({ spec, settings, paths }: PlanInput): Mount[] {
  const writable = spec.sandbox.filesystem?.writable ?? [];
  return [
    ...settings.mounts.map(({ source, target, readOnly }) => ({
      source,
      target: target ?? source,
      readOnly,
    })),
    ...writable.map((target, index) => ({
      source: paths.writable[index] as string,
      target,
      readOnly: false,
    })),
    { source: paths.run, target: runPath, readOnly: false },
    { source: paths.init, target: initPath, readOnly: true },
  ];
}

/** Who asks for no network has none; who publishes ports has one of its own. */
function networkOf({ spec, settings }: PlanInput): string {
  if (settings.network !== undefined) return settings.network;
  if (spec.sandbox.network === 'host') return 'host';
  return settings.ports.length > 0 ? 'bridge' : 'none';
}

function defined<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

/** Pure: a spec as a container. */
export function renderPlan(input: PlanInput): ContainerPlan {
  const { spec, settings, key, base, image, user } = input;
  const { resources, sandbox, restart } = spec;
  const seccomp = seccompOf(input);
  const survives = restart.policy === 'always' || restart.policy === 'unless-stopped';
  return {
    name: `duende-${spec.name}`,
    image,
    labels: labelsOf(spec, key, base),
    argv: [initPath],
    env: {
      [hostVariables.name]: spec.name,
      [hostVariables.platform]: 'container',
      ...input.env,
      ...spec.env,
    },
    ...(user === undefined ? {} : { user }),
    mounts: mountsOf(input),
    tmpfs: settings.tmpfs,
    readOnlyRoot: sandbox.filesystem?.mode === 'read-only',
    network: networkOf(input),
    ports: settings.ports.map(({ container, host, address, protocol }) => ({
      container,
      host: host ?? container,
      hostAddress: address,
      protocol,
    })),
    ...(sandbox.capabilities === undefined ? {} : { capabilities: sandbox.capabilities }),
    noNewPrivileges: sandbox.noNewPrivileges ?? false,
    ...(seccomp === undefined ? {} : { seccomp }),
    limits: defined({
      memory: resources.memoryMax,
      swap: resources.memorySwapMax,
      cpus: resources.cpuQuota,
      cpuWeight: resources.cpuWeight,
      pids: resources.pidsMax,
      ioReadBps: resources.ioReadBps,
      ioWriteBps: resources.ioWriteBps,
      openFiles: resources.openFilesMax,
      lockedMemory: resources.lockMemory,
    }),
    stopSignal: `SIG${spec.stopSignal}`,
    stopTimeoutMs: spec.stopTimeout,
    log: spec.logs,
    restart: survives && input.runtime !== 'containerd' ? 'unless-stopped' : 'no',
    ...(Object.keys(settings.hostConfig).length > 0 ? { raw: settings.hostConfig } : {}),
  };
}
