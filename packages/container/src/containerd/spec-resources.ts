import type { ContainerPlan } from '../engine/engine.ts';
import type { HostFacts } from './host-facts.ts';
import type { OciResources } from './oci-spec.ts';

/** Microseconds, the kernel's own default. */
const period = 100_000;

/** systemd's CPUWeight= in cgroup version 1: 100 is the kernel's default of 1024 shares (src/core/cgroup.c). */
export function sharesOfWeight(weight: number): number {
  return Math.min(262_144, Math.max(2, Math.round((weight * 1024) / 100)));
}

function cpu({ cpus, cpuWeight }: ContainerPlan['limits'], version: 1 | 2): OciResources['cpu'] {
  if (cpus === undefined && (cpuWeight === undefined || version === 2)) return undefined;
  return {
    // The kernel refuses less than 1 ms.
    ...(cpus !== undefined && { quota: Math.max(1000, Math.round(cpus * period)), period }),
    ...(cpuWeight !== undefined && version === 1 && { shares: sharesOfWeight(cpuWeight) }),
  };
}

function blockIo(
  { ioReadBps, ioWriteBps }: ContainerPlan['limits'],
  devices: readonly string[],
): OciResources['blockIO'] {
  if (ioReadBps === undefined && ioWriteBps === undefined) return undefined;
  const on = (rate: number) =>
    devices.map((device) => {
      const [major = 0, minor = 0] = device.split(':').map(Number);
      return { major, minor, rate };
    });
  return {
    ...(ioReadBps !== undefined && { throttleReadBpsDevice: on(ioReadBps) }),
    ...(ioWriteBps !== undefined && { throttleWriteBpsDevice: on(ioWriteBps) }),
  };
}

export function renderResources(limits: ContainerPlan['limits'], host: HostFacts): OciResources {
  const { memory, swap, pids, cpuWeight } = limits;
  const processor = cpu(limits, host.cgroupVersion);
  const disks = blockIo(limits, host.blockDevices);
  return {
    // runc adds null, zero, full, random, urandom, tty and ptmx.
    devices: [{ allow: false, access: 'rwm' }],
    ...(memory !== undefined && {
      // Here swap counts both; without a word there is none, as on the other engines.
      memory: { limit: memory, swap: memory + (swap ?? 0) },
    }),
    ...(processor && { cpu: processor }),
    ...(pids !== undefined && { pids: { limit: pids } }),
    ...(disks && { blockIO: disks }),
    // runc would make a weight out of shares, by a formula that moves 100 elsewhere.
    ...(cpuWeight !== undefined &&
      host.cgroupVersion === 2 && { unified: { 'cpu.weight': String(cpuWeight) } }),
  };
}
