import { findQemu } from '../qemu/find-qemu.ts';
import { QemuVmm } from '../qemu/qemu-vmm.ts';
import type { Vmm } from '../qemu/vmm.ts';
import { findProgram } from './find-program.ts';
import { kvmDevice, requireKvm } from './kvm-device.ts';

export interface OpenVmmOptions {
  readonly stateDirectory: string;
  /** Absolute; the first in PATH without it. */
  readonly program?: string | undefined;
  /** Another device than /dev/kvm. */
  readonly kvmDevice?: string | undefined;
}

export interface OpenedVmm {
  readonly vmm: Vmm & { close(): Promise<void> };
  /** Absolute. */
  readonly program: string;
  /** Its version line, which belongs into the key of a snapshot. */
  readonly version: string;
}

/**
 * The VMM that a user has chosen. QEMU does without KVM; the others are refused where /dev/kvm cannot be opened.
 * @throws PlatformError SpawnFailed `unavailable` for what is missing or too old, with what to do
 */
export async function openVmm(kind: Vmm['kind'], options: OpenVmmOptions): Promise<OpenedVmm> {
  const { stateDirectory, program: given } = options;
  if (kind === 'qemu') {
    const { program, version } = await findQemu(given);
    return { vmm: new QemuVmm({ stateDirectory, program }), program, version };
  }
  const { engine, Driver } = await load(kind);
  const device = options.kvmDevice ?? kvmDevice;
  await requireKvm(engine.program.title, device);
  const { program, version } = await findProgram(engine.program, given);
  const vmm = new Driver({ stateDirectory, program, kvmDevice: device });
  return { vmm, program, version };
}

/** Only what is asked for is loaded. */
async function load(kind: Exclude<Vmm['kind'], 'qemu'>) {
  if (kind === 'firecracker') {
    const { firecrackerEngine, FirecrackerVmm } = await import('../firecracker/firecracker-vmm.ts');
    return { engine: firecrackerEngine, Driver: FirecrackerVmm };
  }
  const { cloudHypervisorEngine, CloudHypervisorVmm } = await import(
    '../cloud-hypervisor/cloud-hypervisor-vmm.ts'
  );
  return { engine: cloudHypervisorEngine, Driver: CloudHypervisorVmm };
}
