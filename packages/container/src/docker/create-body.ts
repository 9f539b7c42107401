import type { BlockDevice } from '@duende/program';
import type { ContainerPlan, Runtime } from '../engine/engine.ts';

/** What of an engine and this machine a body depends on. */
export interface EngineFacts {
  readonly runtime: Runtime;
  readonly cgroupVersion: 1 | 2;
  /** The block devices that io limits are for. */
  readonly devices: readonly BlockDevice[];
  /** Hard limits of this process; `undefined` where it has none. */
  readonly own?: { readonly processes?: number | undefined; readonly files?: number | undefined };
}

/** The period of the CPU quota in microseconds; the kernel's own. */
const cpuPeriod = 100_000;

/** What the service of Podman gives itself. */
const podmanLimits = { processes: 32_768, files: 1_048_576 };

/**
 * Podman forgets its own defaults as soon as one limit is given, and then asks for more processes and files than it may have itself:
 * it is given what its service has, or what this process has, when that is less.
 */
function ulimits(
  { limits: { openFiles, lockedMemory } }: ContainerPlan,
  { runtime, own = {} }: EngineFacts,
): object[] {
  const limit = (Name: string, value: number | undefined) =>
    value === undefined ? [] : [{ Name, Soft: value, Hard: value }];
  const given = [...limit('nofile', openFiles), ...limit('memlock', lockedMemory)];
  if (runtime !== 'podman' || given.length === 0) return given;
  const least = (limit: number, mine = limit): number => Math.min(limit, mine);
  return [
    ...limit('nofile', openFiles ?? least(podmanLimits.files, own.files)),
    ...limit('memlock', lockedMemory),
    ...limit('nproc', least(podmanLimits.processes, own.processes)),
  ];
}

/** Podman gives a read-only root folders in memory that can be written, which nobody asked for. */
function inMemory(
  { tmpfs, readOnlyRoot, mounts }: ContainerPlan,
  { runtime }: EngineFacts,
): Record<string, string> {
  const asked = Object.fromEntries(tmpfs.map((path) => [path, '']));
  if (runtime !== 'podman' || !readOnlyRoot) return asked;
  const taken = new Set(mounts.map(({ target }) => target));
  const own = ['/tmp', '/var/tmp', '/run'].filter((path) => !taken.has(path));
  return { ...Object.fromEntries(own.map((path) => [path, 'ro'])), ...asked };
}

/**
 * The API has shares, 2 to 262144, of cgroup v1, where 1024 is usual. For cgroup v2 runc makes a weight of 1 to 10000 of them again
 * (runc, ConvertCPUSharesToCgroupV2Value): its inverse.
 */
function shares(weight: number, cgroupVersion: 1 | 2): number {
  // runc cuts off what is behind the comma: up, so that the same weight comes out.
  const exact =
    cgroupVersion === 2 ? Math.ceil(2 + ((weight - 1) * 262_142) / 9999) : Math.round((weight * 1024) / 100);
  return Math.min(262_144, Math.max(2, exact));
}

function resources({ limits }: ContainerPlan, { devices, cgroupVersion }: EngineFacts): object {
  const { memory, swap, cpus, cpuWeight, pids, ioReadBps, ioWriteBps } = limits;
  const throttle = (Rate: number) => devices.map(({ path }) => ({ Path: path, Rate }));
  return {
    ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory + (swap ?? 0) }),
    ...(cpus === undefined
      ? {}
      : { CpuPeriod: cpuPeriod, CpuQuota: Math.max(1000, Math.round(cpus * cpuPeriod)) }),
    ...(cpuWeight === undefined ? {} : { CpuShares: shares(cpuWeight, cgroupVersion) }),
    ...(pids === undefined ? {} : { PidsLimit: pids }),
    ...(ioReadBps === undefined ? {} : { BlkioDeviceReadBps: throttle(ioReadBps) }),
    ...(ioWriteBps === undefined ? {} : { BlkioDeviceWriteBps: throttle(ioWriteBps) }),
  };
}

function ports({ ports }: ContainerPlan): { exposed: object; bindings: object } {
  const exposed: Record<string, object> = {};
  const bindings: Record<string, object[]> = {};
  for (const { container, host, hostAddress, protocol } of ports) {
    const key = `${container}/${protocol}`;
    exposed[key] = {};
    bindings[key] = [...(bindings[key] ?? []), { HostIp: hostAddress, HostPort: String(host) }];
  }
  return { exposed, bindings };
}

/** Docker takes the text of a profile, Podman the path of a file. */
function securityOptions({ noNewPrivileges, seccomp }: ContainerPlan, runtime: Runtime): string[] {
  const profile = runtime === 'podman' ? seccomp?.file : seccomp?.text;
  return [...(noNewPrivileges ? ['no-new-privileges'] : []), ...(profile ? [`seccomp=${profile}`] : [])];
}

function log(runtime: Runtime, { maxSize, files }: ContainerPlan['log']): object {
  const bounds = { 'max-size': String(maxSize), 'max-file': String(files + 1) };
  // The `local` driver keeps every byte; json-file replaces what is no UTF-8. Podman's copy is a second one: our init keeps the log.
  if (runtime === 'docker') return { Type: 'local', Config: { ...bounds, compress: 'false' } };
  return { Type: 'k8s-file', Config: { 'max-size': String(maxSize) } };
}

/** Pure: the body of `POST /containers/create`, Docker Engine API. */
export function createBody(plan: ContainerPlan, facts: EngineFacts): object {
  const { exposed, bindings } = ports(plan);
  return {
    Image: plan.image,
    Labels: plan.labels,
    Entrypoint: plan.argv.slice(0, 1),
    Cmd: plan.argv.slice(1),
    Env: Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    WorkingDir: '/',
    ...(plan.user === undefined ? {} : { User: plan.user }),
    ExposedPorts: exposed,
    StopSignal: plan.stopSignal,
    StopTimeout: Math.max(1, Math.ceil(plan.stopTimeoutMs / 1000)),
    // What an image brings would check an init that checks by itself.
    Healthcheck: { Test: ['NONE'] },
    AttachStdin: false,
    OpenStdin: false,
    Tty: false,
    HostConfig: {
      NetworkMode: plan.network,
      PortBindings: bindings,
      Mounts: plan.mounts.map(({ source, target, readOnly }) => ({
        Type: 'bind',
        Source: source,
        Target: target,
        ReadOnly: readOnly,
      })),
      Tmpfs: inMemory(plan, facts),
      ReadonlyRootfs: plan.readOnlyRoot,
      ...(plan.capabilities === undefined
        ? {}
        : { CapDrop: ['ALL'], CapAdd: plan.capabilities.map((name) => name.replace(/^CAP_/, '')) }),
      SecurityOpt: securityOptions(plan, facts.runtime),
      Ulimits: ulimits(plan, facts),
      LogConfig: log(facts.runtime, plan.log),
      RestartPolicy: { Name: plan.restart === 'no' ? 'no' : 'on-failure', MaximumRetryCount: 0 },
      ...resources(plan, facts),
      ...plan.raw,
    },
  };
}
