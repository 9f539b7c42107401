import type { DaemonSpec } from '@duende/core/contract';
import type { VmRecord } from '../adapter/vm-record.ts';

/** Pure: which VMs are alike before they are told what to run. */
export function spareKey({ restart }: DaemonSpec, record: VmRecord): string {
  const { vmm, kernel, memory, vcpus, network, template, warm, rootfs } = record;
  const { policy, ...limits } = restart;
  return JSON.stringify([
    vmm,
    kernel,
    memory,
    vcpus,
    network,
    template,
    warm,
    rootfs.key,
    policy !== 'never' && limits,
  ]);
}

/** Pure: whether one may be kept ready. A port of this machine is one VM's, and a root that others made is not known. QEMU's only: with KVM a restore is fast. */
export const mayBeSpare = ({ vmm, network, template, rootfs }: VmRecord): boolean =>
  vmm === undefined && template && rootfs.type === 'erofs' && (network?.ports ?? []).length === 0;
