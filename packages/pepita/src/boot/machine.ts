import { configError } from '@duende/core/contract';
import { bootId } from '@duende/program';
import { findPrebuilt } from '../agent/find-agent.ts';
import { type Initramfs, makeInitramfs } from '../initramfs/initramfs.ts';
import { findKernel, type Kernel } from '../kernel/kernel.ts';
import { PepitaPaths } from '../paths.ts';
import type { VmConfig, VmNetwork, VmRestart } from '../qemu/vm-config.ts';
import type { Rootfs } from '../rootfs/rootfs.ts';
import type { WarmImage } from '../template/build-image-template.ts';
import { templateKey } from '../template/template-key.ts';
import { tscKhz } from '../tsc-khz.ts';
import { type OpenedVmm, openVmm, type VmmEngine } from '../vmm-rest/open-vmm.ts';
import type { VmmKind } from '../vmm-rest/vmm-kind.ts';
import { type Booted, bootVm } from './boot-vm.ts';
import { kvmWarning, probeKvm } from './probe-kvm.ts';
import { requireAccel, requireLoadable, withoutKvm } from './vmm-fit.ts';

export interface OpenMachineOptions {
  readonly stateDirectory: string;
  /** Absolute: see `findKernel`. */
  readonly kernel?: string | undefined;
  /** What runs the VMs: `qemu` without it. */
  readonly vmm?: VmmKind | undefined;
  /** Absolute, each: the program of a VMM; the first in PATH without it. */
  readonly qemu?: string | undefined;
  readonly firecracker?: string | undefined;
  readonly cloudHypervisor?: string | undefined;
  /** Another device than /dev/kvm, for Firecracker and cloud-hypervisor. */
  readonly kvmDevice?: string | undefined;
  /** Without it KVM where a probe shows that it works, else TCG. Of QEMU: the others have KVM only. */
  readonly accel?: 'kvm' | 'tcg' | undefined;
  /** Absolute: another agent than the one that is shipped. */
  readonly agent?: string | undefined;
  /** Lines of /etc/duende/agent.conf after our own. */
  readonly agentConfig?: string | undefined;
}

/** Everything that VMs on this host have in common. */
export interface Machine {
  readonly vmm: OpenedVmm['vmm'];
  readonly paths: PepitaPaths;
  readonly engine: VmmEngine;
  readonly kernel: Kernel;
  readonly initramfs: Initramfs;
  readonly accel: 'kvm' | 'tcg';
  /** To be told to the user: why there is no KVM. */
  readonly warnings: readonly string[];
}

/** The daemon's root: our image, with a layer in memory above it. The agent mounts it late, so that a template fits every image. */
export const ownConfig = 'root=/dev/vda\nrootfs=erofs\noverlay=1\n';
/** Bytes of the guest that KVM is tried with. */
const probeMemory = 128 * 1024 ** 2;

const programOf = (kind: VmmKind, { qemu, firecracker, cloudHypervisor }: OpenMachineOptions) =>
  ({ qemu, firecracker, 'cloud-hypervisor': cloudHypervisor })[kind];

/** @throws PlatformError SpawnFailed `unavailable` for what is missing, with what to do; NotSupported on other machines */
export async function openMachine(options: OpenMachineOptions): Promise<Machine> {
  const { stateDirectory, kvmDevice, agent = findPrebuilt('duende-agent'), agentConfig = '' } = options;
  const kind = options.vmm ?? 'qemu';
  requireAccel(kind, options.accel);
  const paths = new PepitaPaths(stateDirectory);
  const [{ vmm, ...engine }, kernel] = await Promise.all([
    openVmm(kind, { stateDirectory, kvmDevice, program: programOf(kind, options) }),
    findKernel(options),
  ]);
  await requireLoadable(kind, kernel);
  const config = ownConfig + agentConfig;
  const initramfs = await makeInitramfs({ paths, kernel, agent, config, vmm: kind });
  const common = { vmm, paths, engine, kernel, initramfs };
  if (options.accel) return { ...common, accel: options.accel, warnings: [] };
  const verdict = await probeKvm({
    ...{ vmm, paths, vmmVersion: engine.version, kernelKey: kernel.key, device: kvmDevice },
    config: { vcpus: 1, memory: probeMemory, kernel: kernel.file, initramfs: initramfs.file },
  });
  if (kind !== 'qemu' && !verdict.works) {
    await vmm.close();
    throw withoutKvm(engine.title, verdict.why);
  }
  const warning = kvmWarning(verdict);
  return {
    ...common,
    accel: verdict.works ? 'kvm' : 'tcg',
    warnings: warning === undefined ? [] : [warning],
  };
}

/** One VM. */
export interface VmRequest {
  /** `[A-Za-z0-9][A-Za-z0-9_.-]{0,62}`, of no other VM. */
  readonly vmId: string;
  /** Bytes, a whole number of MiB. */
  readonly memory: number;
  readonly vcpus: number;
  readonly rootfs?: Rootfs | undefined;
  /**
   * Has a template with this rootfs mounted, made by the first VM that asks for it; and with these programs in memory, which are run
   * once and must end. For images that more than one VM is started from.
   */
  readonly warm?: Omit<WarmImage, 'key'> | undefined;
  readonly network?: VmNetwork | undefined;
  readonly cpu?: string | undefined;
  /** Further words of the kernel's command line; each text needs a template of its own. */
  readonly commandLine?: string | undefined;
  /** Its own context identifier of vsock, where the VMM has vsock: one that was asked for. Each needs a template of its own. */
  readonly cid?: number | undefined;
  /** When its VMM is started again. */
  readonly restart?: VmRestart | undefined;
  /** Resolves when the agent has answered; without it this process greets it. */
  readonly hello?: ((signal: AbortSignal) => Promise<unknown>) | undefined;
  /** False boots the guest cold. */
  readonly template?: boolean | undefined;
}

/** Bytes of the smallest guest: its kernel alone needs about half of it. */
const leastMemory = 80 * 1024 ** 2;

/** The hardware of a VM. @throws PlatformError Config for what no guest has */
export function vmConfig(machine: Machine, request: VmRequest): VmConfig {
  const { memory, vcpus, rootfs, network, cpu, commandLine, cid, restart } = request;
  const refuse = (field: string, message: string) =>
    configError(message, { platform: 'pepita', operation: 'spawn', field });
  if (memory % 1024 ** 2 !== 0 || memory < leastMemory) {
    throw refuse('resources.memoryMax', `A VM has 80 MiB or more, and whole MiB, got ${memory} bytes`);
  }
  if (!Number.isInteger(vcpus) || vcpus < 1 || vcpus > 64) {
    throw refuse('platform.pepita.vcpus', `A VM has 1 to 64 processors, got ${vcpus}`);
  }
  return {
    accel: machine.accel,
    cpu,
    vcpus,
    memory,
    kernel: machine.kernel.file,
    initramfs: machine.initramfs.file,
    commandLine,
    cid,
    disk: rootfs?.file,
    network,
    restart,
    tscKhz: machine.accel === 'tcg' ? tscKhz() : undefined,
  };
}

/**
 * Starts a VM and waits for its agent.
 * @throws PlatformError SpawnFailed; nothing of the VM is left then
 */
export async function bootMachine(machine: Machine, request: VmRequest): Promise<Booted> {
  const { vmm, paths, engine, kernel, initramfs } = machine;
  const config = vmConfig(machine, request);
  const diskSize = request.rootfs?.diskSize ?? 0;
  const inputs = {
    vmm: engine.kind,
    vmmVersion: engine.version,
    kernelKey: kernel.key,
    initramfsKey: initramfs.key,
    diskSize,
    bootId: bootId(),
  };
  const key = request.template === false ? undefined : templateKey(config, inputs);
  const { vmId, warm, rootfs, hello } = request;
  const image = warm && rootfs && { key: rootfs.key, ...warm };
  return await bootVm({ vmm, paths, vmId, config, templateKey: key, diskSize, image, hello });
}
