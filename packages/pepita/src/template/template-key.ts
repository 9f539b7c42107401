import { vmConfigBody } from '../cloud-hypervisor/requests.ts';
import { bootRequests } from '../firecracker/requests.ts';
import { sha256 } from '../hash.ts';
import { renderQemuArgs } from '../qemu/render-args.ts';
import type { VmConfig } from '../qemu/vm-config.ts';
import type { VmmKind } from '../vmm-rest/vmm-kind.ts';

/** Raised whenever older snapshots cannot be used any more for a reason that is not in the key. */
const formatVersion = 1;

/** What a snapshot depends on besides the VM's hardware. */
export interface TemplateInputs {
  readonly vmm: VmmKind;
  /** All of the VMM's version line. */
  readonly vmmVersion: string;
  readonly kernelKey: string;
  readonly initramfsKey: string;
  /** Bytes of the disk, which the guest has seen; 0 without one. */
  readonly diskSize: number;
  /** Of this host: a file that was not written out when the power failed is not to be trusted, and KVM's processor may change. */
  readonly bootId: string;
}

/** What makes the machine, as each VMM is told it. */
const render: Readonly<Record<VmmKind, (config: VmConfig) => unknown>> = {
  qemu: renderQemuArgs,
  firecracker: bootRequests,
  'cloud-hypervisor': vmConfigBody,
};

/**
 * The snapshot that a VM can be started from: by all that the VMM is told, less the paths. What is forwarded from which port is no matter
 * of the guest's; whether there is a network is.
 */
export function templateKey(config: VmConfig, inputs: TemplateInputs): string {
  const { disk, network, ...rest } = config;
  const bare: VmConfig = {
    ...rest,
    kernel: inputs.kernelKey,
    initramfs: inputs.initramfsKey,
    ...(disk === undefined ? {} : { disk: 'disk' }),
    ...(network === undefined ? {} : { network: { ports: [], outbound: true } }),
  };
  return sha256(JSON.stringify([formatVersion, inputs, render[inputs.vmm](bare)])).slice(0, 32);
}
