import { type VmConfig, vmFiles } from '../qemu/vm-config.ts';
import { restCommandLine } from '../vmm-rest/command-line.ts';

/** Of a guest whose number was not asked for: it is of no other VM's concern where the vsock is a unix socket. 0 to 2 have a meaning of their own. */
const usualCid = 3;

/**
 * Pure: the body of `vm.create`, VmConfig of cloud-hypervisor's vmm/src/api/openapi/cloud-hypervisor.yaml. Its API takes no notice of
 * fields that it does not know, so each name counts. The serial port is its standard output, which the native adapter keeps.
 */
export function vmConfigBody(config: VmConfig): Readonly<Record<string, unknown>> {
  return {
    cpus: { boot_vcpus: config.vcpus, max_vcpus: config.vcpus },
    memory: { size: config.memory },
    payload: {
      kernel: config.kernel,
      initramfs: config.initramfs,
      cmdline: restCommandLine(config, { words: [], after: 'poweroff' }),
    },
    ...(config.disk === undefined ? {} : { disks: [{ path: vmFiles.disk, readonly: true }] }),
    rng: { src: '/dev/urandom' },
    serial: { mode: 'Tty' },
    console: { mode: 'Off' },
    // A name, not a path: it is made in the folder of each VM, also of one that goes on from a snapshot, which has it in it.
    vsock: { cid: config.cid ?? usualCid, socket: vmFiles.agent },
    pvpanic: true,
  };
}
