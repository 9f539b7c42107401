import { configError } from '@duende/core/contract';
import type { VmConfig } from '../qemu/vm-config.ts';

const mebibyte = 1024 ** 2;

/**
 * Refuses by name what neither Firecracker nor cloud-hypervisor can do: they have no emulated processor, no processor models by name,
 * no network in user mode (both want a TAP device, which only root can make), and no guest before somebody asks for one.
 * @throws PlatformError Config
 */
export function checkRestConfig(title: string, config: VmConfig, most: { readonly vcpus: number }): void {
  const refuse = (field: string, message: string) =>
    configError(message, { platform: 'pepita', operation: 'spawn', field });
  if (config.accel !== 'kvm') {
    throw refuse('platform.pepita.accel', `${title} runs guests with KVM only, not with ${config.accel}`);
  }
  if (config.cpu !== undefined && config.cpu !== 'host') {
    throw refuse('platform.pepita.cpu', `${title} gives guests the processor of the host, not ${config.cpu}`);
  }
  if (config.network !== undefined) {
    throw refuse(
      'platform.pepita.network',
      `${title} has no network in user mode: run the VM without a network, or with QEMU`,
    );
  }
  if (config.restart !== undefined) {
    // A process of theirs that is started again has no guest: that is made by requests.
    throw refuse('restart', `${title} does not start a VM again by itself: use restart never, or QEMU`);
  }
  if (!Number.isInteger(config.vcpus) || config.vcpus < 1 || config.vcpus > most.vcpus) {
    throw refuse(
      'platform.pepita.vcpus',
      `${title} gives a guest 1 to ${most.vcpus} processors, got ${config.vcpus}`,
    );
  }
  if (config.memory < mebibyte || config.memory % mebibyte !== 0) {
    throw refuse('resources.memoryMax', `A VM has whole MiB of memory, got ${config.memory} bytes`);
  }
}
