import { findQemu } from '../qemu/find-qemu.ts';
import { QemuVmm } from '../qemu/qemu-vmm.ts';
import type { Vmm } from '../qemu/vmm.ts';
import { findProgram } from './find-program.ts';
import { kvmDevice, requireKvm } from './kvm-device.ts';
import type { RestVmm, RestVmmOptions } from './rest-vmm.ts';
import { type VmmKind, vmmTitles } from './vmm-kind.ts';

export interface OpenVmmOptions {
  readonly stateDirectory: string;
  /** Absolute; the first in PATH without it. */
  readonly program?: string | undefined;
  /** Another device than /dev/kvm. */
  readonly kvmDevice?: string | undefined;
}

/** A program that runs VMs. */
export interface VmmEngine {
  readonly kind: VmmKind;
  /** As users know it. */
  readonly title: string;
  /** Absolute. */
  readonly program: string;
  /** Its version line, which belongs into the key of a snapshot. */
  readonly version: string;
}

export interface OpenedVmm extends VmmEngine {
  readonly vmm: Vmm & { close(): Promise<void> };
}

/**
 * The VMM that a user has chosen. QEMU does without KVM; the others are refused where /dev/kvm cannot be opened.
 * @throws PlatformError SpawnFailed `unavailable` for what is missing or too old, with what to do
 */
export async function openVmm(kind: VmmKind, options: OpenVmmOptions): Promise<OpenedVmm> {
  const { stateDirectory, program: given } = options;
  const title = vmmTitles[kind];
  if (kind === 'qemu') {
    const { program, version } = await findQemu(given);
    return { kind, title, vmm: new QemuVmm({ stateDirectory, program }), program, version };
  }
  const { engine, Driver } = await load(kind);
  const device = options.kvmDevice ?? kvmDevice;
  await requireKvm(title, device);
  const { program, version } = await findProgram(engine.program, given);
  const vmm = new Driver({ stateDirectory, program, kvmDevice: device });
  return { kind, title, vmm, program, version };
}

/** Only what is asked for is loaded. */
async function load(kind: RestVmm['kind']) {
  if (kind === 'firecracker') {
    const { firecrackerEngine, FirecrackerVmm } = await import('../firecracker/firecracker-vmm.ts');
    return { engine: firecrackerEngine, Driver: FirecrackerVmm };
  }
  const { cloudHypervisorEngine, CloudHypervisorVmm } = await import(
    '../cloud-hypervisor/cloud-hypervisor-vmm.ts'
  );
  return { engine: cloudHypervisorEngine, Driver: CloudHypervisorVmm };
}

/** A driver for VMs that are there. */
export async function loadDriver(kind: RestVmm['kind'], options: RestVmmOptions): Promise<RestVmm> {
  const { Driver } = await load(kind);
  return new Driver(options);
}
