import { link, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DaemonHandle } from '@duende/core/contract';
import type { NativeAdapter } from '@duende/native';
import { failure } from '../fail.ts';
import { withLock } from '../lock.ts';
import { type VmConfig, vmFiles } from '../qemu/vm-config.ts';
import { exists } from '../store.ts';
import { type VmRecord, writeRecord } from './vm-record.ts';

export interface LaunchOptions {
  readonly native: NativeAdapter;
  /** Of the VM. */
  readonly folder: string;
  readonly kind: VmRecord['kind'];
  readonly program: string;
  readonly args: readonly string[];
  readonly vmId: string;
  readonly config: VmConfig;
}

/** Milliseconds for which another process may be starting a VM of the same id. */
const patience = 15_000;
/** Bytes of the guest's console that are kept: two files of these. */
const consoleSize = 256 * 1024;

const taken = (vmId: string) => failure(`There is a VM ${vmId} already`, 'already-exists');

/**
 * A name of the image in the folder of the VM: it stays when the cache drops it, and snapshots, which have the path in them, fit VMs with
 * another image. Where files of others may not be linked to it is a symbolic link.
 */
async function linkDisk(disk: string, folder: string): Promise<void> {
  const path = join(folder, vmFiles.disk);
  await link(disk, path).catch(() => symlink(disk, path));
  // A symbolic link may lead nowhere.
  if (!(await exists(disk))) throw failure(`There is no disk image ${disk}`, 'not-found');
}

async function launch({
  native,
  folder,
  kind,
  program,
  args,
  vmId,
  config,
}: LaunchOptions): Promise<DaemonHandle> {
  if (await native.find(vmId)) throw taken(vmId);
  // Of somebody who was killed right here.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await writeRecord(folder, kind, config);
    if (config.disk !== undefined) await linkDisk(config.disk, folder);
    return await native.spawn({
      name: vmId,
      program,
      args: [...args],
      cwd: folder,
      restart: 'never',
      // Neither has anything to tidy up.
      stopSignal: 'KILL',
      logs: { maxSize: consoleSize, files: 1 },
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Makes the folder of a VM and starts its VMM, which outlives us and has no guest yet.
 * @throws PlatformError `already-exists`; what NativeAdapter.spawn throws
 */
export async function launchVmm(options: LaunchOptions): Promise<DaemonHandle> {
  const { folder, vmId } = options;
  const lock = join(dirname(folder), `.${vmId}.lock`);
  const started = await withLock(lock, { patience }, () => launch(options));
  if (started === undefined) throw taken(vmId);
  return started.result;
}
