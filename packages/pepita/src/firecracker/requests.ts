import { type VmConfig, vmFiles } from '../qemu/vm-config.ts';
import { restCommandLine } from '../vmm-rest/command-line.ts';

const mebibyte = 1024 ** 2;
/** Of a guest whose number was not asked for: it is of no other VM's concern where the vsock is a unix socket. 0 to 2 have a meaning of their own. */
const usualCid = 3;

/** One request of the API of Firecracker. */
export interface FirecrackerRequest {
  readonly method: 'PUT' | 'PATCH';
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Pure: what makes a machine, in the order in which it is sent, and starts it. Paths and fields are those of Firecracker's
 * src/firecracker/swagger/firecracker.yaml (1.8 to 1.16): MachineConfiguration, BootSource, Drive, Vsock, EntropyDevice,
 * InstanceActionInfo. `reboot=k` has a restart of the guest end Firecracker (docs/getting-started.md): it has no other way to end.
 */
export function bootRequests(config: VmConfig): FirecrackerRequest[] {
  const put = (path: string, body: FirecrackerRequest['body']): FirecrackerRequest => ({
    method: 'PUT',
    path,
    body,
  });
  const drive = {
    drive_id: 'root',
    // The initramfs is the root; the agent mounts the disk.
    is_root_device: false,
    is_read_only: true,
    path_on_host: vmFiles.disk,
  };
  return [
    put('machine-config', { vcpu_count: config.vcpus, mem_size_mib: config.memory / mebibyte, smt: false }),
    put('boot-source', {
      kernel_image_path: config.kernel,
      initrd_path: config.initramfs,
      boot_args: restCommandLine(config, { words: ['pci=off', 'reboot=k'], after: 'reboot' }),
    }),
    ...(config.disk === undefined ? [] : [put('drives/root', drive)]),
    // A name, not a path: it is made in the folder of each VM, also of one that goes on from a snapshot, which has it in it.
    put('vsock', { guest_cid: config.cid ?? usualCid, uds_path: vmFiles.agent }),
    put('entropy', {}),
    put('actions', { action_type: 'InstanceStart' }),
  ];
}

/** Pure. SnapshotCreateParams: files that are there are overwritten. */
export const createSnapshotRequest = (file: string, memory: string): FirecrackerRequest => ({
  method: 'PUT',
  path: 'snapshot/create',
  body: { snapshot_type: 'Full', snapshot_path: file, mem_file_path: memory },
});

/** Pure. SnapshotLoadParams: the memory is mapped copy-on-write (docs/snapshotting/snapshot-support.md), and must stay as it is. */
export const loadSnapshotRequest = (file: string, memory: string): FirecrackerRequest => ({
  method: 'PUT',
  path: 'snapshot/load',
  body: {
    snapshot_path: file,
    mem_backend: { backend_type: 'File', backend_path: memory },
    resume_vm: true,
  },
});

/** Pure. Vm: a guest that is in the state already stays in it. */
export const stateRequest = (state: 'Paused' | 'Resumed'): FirecrackerRequest => ({
  method: 'PATCH',
  path: 'vm',
  body: { state },
});
