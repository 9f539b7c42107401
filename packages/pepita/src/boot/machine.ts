import { configError } from '@duende/core/contract';
import { bootId } from '@duende/program';
import { findPrebuilt } from '../agent/find-agent.ts';
import { type Initramfs, makeInitramfs } from '../initramfs/initramfs.ts';
import { findKernel, type Kernel } from '../kernel/kernel.ts';
import { PepitaPaths } from '../paths.ts';
import { findQemu, type Qemu } from '../qemu/find-qemu.ts';
import { QemuVmm } from '../qemu/qemu-vmm.ts';
import type { VmConfig, VmNetwork, VmRestart } from '../qemu/vm-config.ts';
import type { Rootfs } from '../rootfs/rootfs.ts';
import { templateKey } from '../template/template-key.ts';
import { tscKhz } from '../tsc-khz.ts';
import { type Booted, bootVm } from './boot-vm.ts';
import { kvmWarning, probeKvm } from './probe-kvm.ts';

export interface OpenMachineOptions {
  readonly stateDirectory: string;
  /** Absolute: see `findKernel`. */
  readonly kernel?: string | undefined;
  /** Absolute; the first in PATH without it. */
  readonly qemu?: string | undefined;
  /** Without it KVM where a probe shows that it works, else TCG. */
  readonly accel?: 'kvm' | 'tcg' | undefined;
  /** Absolute: another agent than the one that is shipped. */
  readonly agent?: string | undefined;
  /** Lines of /etc/duende/agent.conf after our own. */
  readonly agentConfig?: string | undefined;
}

/** Everything that VMs on this host have in common. */
export interface Machine {
  readonly vmm: QemuVmm;
  readonly paths: PepitaPaths;
  readonly qemu: Qemu;
  readonly kernel: Kernel;
  readonly initramfs: Initramfs;
  readonly accel: 'kvm' | 'tcg';
  /** To be told to the user: why there is no KVM. */
  readonly warnings: readonly string[];
}

/** The daemon's root: our image, with a layer in memory above it. The agent mounts it late, so that a template fits every image. */
const ownConfig = 'root=/dev/vda\nrootfs=erofs\noverlay=1\n';
/** Bytes of the guest that KVM is tried with. */
const probeMemory = 128 * 1024 ** 2;

/** @throws PlatformError SpawnFailed `unavailable` for what is missing, with what to do; NotSupported on other machines */
export async function openMachine(options: OpenMachineOptions): Promise<Machine> {
  const { stateDirectory, agent = findPrebuilt('duende-agent'), agentConfig = '' } = options;
  const paths = new PepitaPaths(stateDirectory);
  const [qemu, kernel] = await Promise.all([findQemu(options.qemu), findKernel(options)]);
  const initramfs = await makeInitramfs({ paths, kernel, agent, config: ownConfig + agentConfig });
  const vmm = new QemuVmm({ stateDirectory, program: qemu.program });
  const common = { vmm, paths, qemu, kernel, initramfs };
  if (options.accel) return { ...common, accel: options.accel, warnings: [] };
  const config = { vcpus: 1, memory: probeMemory, kernel: kernel.file, initramfs: initramfs.file };
  const verdict = await probeKvm({ vmm, paths, qemuVersion: qemu.version, kernelKey: kernel.key, config });
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
  readonly warm?: { readonly programs: readonly (readonly string[])[] } | undefined;
  readonly network?: VmNetwork | undefined;
  readonly cpu?: string | undefined;
  /** Further words of the kernel's command line; each text needs a template of its own. */
  readonly commandLine?: string | undefined;
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
  const { memory, vcpus, rootfs, network, cpu, commandLine, restart } = request;
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
  const { vmm, paths, qemu, kernel, initramfs } = machine;
  const config = vmConfig(machine, request);
  const diskSize = request.rootfs?.diskSize ?? 0;
  const inputs = {
    qemuVersion: qemu.version,
    kernelKey: kernel.key,
    initramfsKey: initramfs.key,
    diskSize,
    bootId: bootId(),
  };
  const key = request.template === false ? undefined : templateKey(config, inputs);
  const { vmId, warm, rootfs, hello } = request;
  const image = warm && rootfs && { key: rootfs.key, programs: warm.programs };
  return await bootVm({ vmm, paths, vmId, config, templateKey: key, diskSize, image, hello });
}
