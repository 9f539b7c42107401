import { existsSync, readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { blockDevices } from '@duende/program';

/** What a runtime spec needs to know of the machine. */
export interface HostFacts {
  readonly arch: string;
  readonly cgroupVersion: 1 | 2;
  /** `major:minor` of each whole disk. */
  readonly blockDevices: readonly string[];
  /** Those of /etc/hosts and /etc/resolv.conf that are there. */
  readonly netFiles: readonly string[];
  /** The static duende-init on this machine, which brings `lo` up in a network of its own. */
  readonly init?: string;
}

const root = '/sys/fs/cgroup';

/** A hybrid one has its controllers in version 1. */
export const cgroupVersion = (): 1 | 2 => (existsSync(`${root}/cgroup.controllers`) ? 2 : 1);

export function hostFacts(init: string | undefined): HostFacts {
  return {
    arch: arch(),
    cgroupVersion: cgroupVersion(),
    blockDevices: blockDevices().map(({ number }) => number),
    netFiles: ['/etc/hosts', '/etc/resolv.conf'].filter((path) => existsSync(path)),
    ...(init !== undefined && { init }),
  };
}

/** Limits by their files in version 1, for the controller that they are of; version 2 names controllers only. */
const needs: Readonly<Record<string, readonly [v1: string, v2: string]>> = {
  memory: ['memory/memory.limit_in_bytes', 'memory'],
  // Kernels count swap in version 1 when they are booted with swapaccount=1, or built so.
  swap: ['memory/memory.memsw.limit_in_bytes', 'memory'],
  cpus: ['cpu', 'cpu'],
  cpuWeight: ['cpu/cpu.shares', 'cpu'],
  pids: ['pids', 'pids'],
  ioReadBps: ['blkio/blkio.throttle.read_bps_device', 'io'],
  ioWriteBps: ['blkio/blkio.throttle.write_bps_device', 'io'],
};

/** Limits that no container of this machine can have, and why. */
export function missingLimits(version: 1 | 2): Record<string, string> {
  const controllers =
    version === 2 ? readFileSync(`${root}/cgroup.controllers`, 'utf8').trim().split(/\s+/) : [];
  const missing: Record<string, string> = {};
  for (const [limit, [v1, v2]] of Object.entries(needs)) {
    if (version === 1 && !existsSync(`${root}/${v1}`)) missing[limit] = `this kernel has no ${root}/${v1}`;
    if (version === 2 && !controllers.includes(v2)) missing[limit] = `the cgroup controller ${v2} is off`;
  }
  return missing;
}
