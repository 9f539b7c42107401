import { join } from 'node:path';
import type { DaemonSpec, ResourceName } from '@duende/core/contract';
import type { CgroupRoots, Controller } from './cgroup-mounts.ts';
import type { CgroupStep } from './config-frame.ts';

/** What the supervisor does before the first run, and where each run puts itself. */
export interface CgroupPlan {
  readonly steps: readonly CgroupStep[];
  /** cgroup.procs files that the daemon's process writes itself into. */
  readonly processes: readonly string[];
  /** The file that counts OOM kills, by a line `oom_kill N`. */
  readonly oomFile: string | undefined;
}

const controllers: Readonly<Partial<Record<ResourceName, Controller>>> = {
  memoryMax: 'memory',
  memorySwapMax: 'memory',
  cpuQuota: 'cpu',
  cpuWeight: 'cpu',
  ioReadBps: 'io',
  ioWriteBps: 'io',
  pidsMax: 'pids',
};

export function controllerOf(resource: ResourceName): Controller | undefined {
  return controllers[resource];
}

type Values = readonly (readonly [file: string, value: string])[];
type Resources = DaemonSpec['resources'];
/** Values of one setting in the files of one version. `devices` are the block devices' `major:minor`. */
type Render = (value: number, all: Resources, devices: readonly string[]) => Values;

const period = 100_000;
const quota = (cpus: number): number => Math.max(1000, Math.round(cpus * period));

/** Documentation/admin-guide/cgroup-v1 of the kernel. */
const version1: Partial<Record<ResourceName, Render>> = {
  memoryMax: (bytes) => [['memory.limit_in_bytes', String(bytes)]],
  memorySwapMax: (bytes, { memoryMax = 0 }) => [['memory.memsw.limit_in_bytes', String(memoryMax + bytes)]],
  cpuQuota: (cpus) => [
    ['cpu.cfs_period_us', String(period)],
    ['cpu.cfs_quota_us', String(quota(cpus))],
  ],
  cpuWeight: (weight) => [['cpu.shares', String(Math.min(262_144, Math.max(2, Math.round(weight * 10.24))))]],
  ioReadBps: (bytes, _, devices) =>
    devices.map((device) => ['blkio.throttle.read_bps_device', `${device} ${bytes}`]),
  ioWriteBps: (bytes, _, devices) =>
    devices.map((device) => ['blkio.throttle.write_bps_device', `${device} ${bytes}`]),
  pidsMax: (count) => [['pids.max', String(count)]],
};

/** Documentation/admin-guide/cgroup-v2.rst of the kernel. */
const version2: Partial<Record<ResourceName, Render>> = {
  memoryMax: (bytes) => [['memory.max', String(bytes)]],
  memorySwapMax: (bytes) => [['memory.swap.max', String(bytes)]],
  cpuQuota: (cpus) => [['cpu.max', `${quota(cpus)} ${period}`]],
  cpuWeight: (weight) => [['cpu.weight', String(weight)]],
  ioReadBps: (bytes, _, devices) => devices.map((device) => ['io.max', `${device} rbps=${bytes}`]),
  ioWriteBps: (bytes, _, devices) => devices.map((device) => ['io.max', `${device} wbps=${bytes}`]),
  pidsMax: (count) => [['pids.max', String(count)]],
};

/** The order matters: memory before memory and swap together. */
const order = Object.keys(controllers) as ResourceName[];

/** Pure: the control groups that a spec needs; empty when it asks for nothing that a group enforces. */
export function planCgroups(
  spec: Pick<DaemonSpec, 'name' | 'resources'>,
  id: string,
  roots: CgroupRoots,
  devices: readonly string[],
): CgroupPlan {
  const steps: CgroupStep[] = [];
  const processes = new Set<string>();
  let oomFile: string | undefined;
  for (const resource of order) {
    const value = spec.resources[resource];
    const controller = controllers[resource] as Controller;
    const root = roots[controller];
    if (value === undefined || root === undefined) continue;
    const field = `resources.${resource}`;
    const all = join(root.parent, 'duende');
    const own = join(all, `${spec.name}-${id.slice(0, 8)}`);
    if (!processes.has(join(own, 'cgroup.procs'))) {
      steps.push({ field, path: all }, { field, path: own });
      processes.add(join(own, 'cgroup.procs'));
    }
    if (root.version === 2) {
      // Before the group is made its parents must hand the controller down; the kernel takes it twice.
      const enable = { field, value: `+${controller}` };
      steps.unshift(
        { ...enable, path: join(root.parent, 'cgroup.subtree_control') },
        { field, path: all },
        { ...enable, path: join(all, 'cgroup.subtree_control') },
      );
    }
    const render = root.version === 1 ? version1[resource] : version2[resource];
    for (const [file, text] of render?.(value, spec.resources, devices) ?? []) {
      steps.push({ field, path: join(own, file), value: text });
    }
    if (controller === 'memory')
      oomFile = join(own, root.version === 1 ? 'memory.oom_control' : 'memory.events');
  }
  return { steps, processes: [...processes], oomFile };
}
