/** What a machine is made of, and what of it is refused besides its form: src/vmm/src/vmm_config. */

import { closeSync, openSync } from 'node:fs';
import { type BootSource, type Drive, Fault, type MachineConfig, type VsockConfig } from './schemas.ts';

/** Bytes of a kernel's command line, with its NUL: `CMDLINE_MAX_SIZE`. */
const longestCommandLine = 2048;
const mostVcpus = 32;

/** What goes into a snapshot. */
export interface Resources {
  machine: MachineConfig;
  boot: BootSource | undefined;
  drives: readonly Drive[];
  vsock: VsockConfig | undefined;
}

export const usualMachine: MachineConfig = {
  vcpu_count: 1,
  mem_size_mib: 128,
  smt: false,
  track_dirty_pages: false,
  huge_pages: 'None',
};

/** @throws Fault */
export function requireOpen(path: string, what: string): void {
  try {
    closeSync(openSync(path, 'r'));
  } catch (error) {
    throw new Fault(`${what}: ${(error as Error).message}`);
  }
}

export function checkMachine(config: MachineConfig): MachineConfig {
  const { vcpu_count: vcpus, smt, mem_size_mib: memory, huge_pages: pages } = config;
  if (vcpus < 1 || vcpus > mostVcpus || (smt && vcpus > 1 && vcpus % 2 === 1)) {
    throw new Fault('Machine config error: The vCPU count is out of range.');
  }
  if (memory === 0 || (pages !== 'None' && memory % 2 === 1)) {
    throw new Fault('Machine config error: The memory size (MiB) is either 0, or not a multiple.');
  }
  return config;
}

export function checkBoot(config: BootSource): BootSource {
  requireOpen(config.kernel_image_path, 'Boot source error: The kernel file cannot be opened');
  if (config.initrd_path)
    requireOpen(config.initrd_path, 'Boot source error: The initrd file cannot be opened');
  const line = config.boot_args ?? '';
  if (line.length >= longestCommandLine || !/^[\x20-\x7e]*$/.test(line)) {
    throw new Fault('Boot source error: The kernel command line is invalid');
  }
  return config;
}

export function addDrive(drives: readonly Drive[], id: string, config: Drive): Drive[] {
  if (!/^\w+$/.test(id)) {
    throw new Fault('API Resource IDs can only contain alphanumeric characters and underscores.');
  }
  if (id !== config.drive_id) throw new Fault('The id from the path does not match the id from the body!');
  if (config.path_on_host === undefined || config.is_read_only === undefined) {
    throw new Fault('Drive config error: Unable to create the virtio block device');
  }
  requireOpen(config.path_on_host, 'Drive config error: Unable to create the virtio block device');
  const others = drives.filter((one) => one.drive_id !== id);
  if (config.is_root_device && others.some((one) => one.is_root_device)) {
    throw new Fault('Drive config error: A root block device already exists!');
  }
  return [...others, config];
}
