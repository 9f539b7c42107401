import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DaemonHandle } from '@duende/core/contract';
import type { NativeAdapter } from '@duende/native';
import { findPrebuilt } from '../agent/find-agent.ts';
import { ownerOf } from '../boot/own-vm-id.ts';
import { codeOf, failure } from '../fail.ts';
import { withLock } from '../lock.ts';
import { prepareEvents } from './events-file.ts';
import { renderQemuArgs } from './render-args.ts';
import { type VmConfig, vmFiles } from './vm-config.ts';

export interface LaunchContext {
  readonly native: NativeAdapter;
  /** Of the VM. */
  readonly folder: string;
  readonly program: string;
  readonly vmId: string;
}

/** Milliseconds for which another process may be starting a VM of the same id. */
const patience = 15_000;
/** Bytes of the guest's console that are kept: two files of these. */
const consoleSize = 256 * 1024;

const taken = (vmId: string) => failure(`There is a VM ${vmId} already`, 'already-exists');

/**
 * A name of the image in the folder of the VM, so that it stays when the cache drops it. On another file system, or where files of
 * others may not be linked to, it is used where it is.
 */
async function linkDisk(disk: string, folder: string): Promise<string> {
  try {
    await link(disk, join(folder, vmFiles.disk));
    return vmFiles.disk;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw error;
    return disk;
  }
}

const nulTerminated = (texts: readonly string[]): string => texts.map((text) => `${text}\0`).join('');

/** What the supervisor of a VMM executes: what becomes the right QEMU each time, and ends with the process that the VM is for, if it is for one. */
async function commandOf(
  { folder, program, vmId }: LaunchContext,
  config: VmConfig,
  incoming: boolean,
): Promise<{ readonly program: string; readonly args: string[] }> {
  const args = renderQemuArgs(config, { incoming });
  const write = (name: string, what: readonly string[]) =>
    writeFile(join(folder, name), nulTerminated([program, ...what]), { mode: 0o600 });
  if (config.restart === undefined) await write(vmFiles.argv, args);
  else {
    await write(vmFiles.argv, renderQemuArgs({ ...config, memoryFile: undefined }));
    if (incoming) await write(vmFiles.argvFirst, args);
  }
  return { program: findPrebuilt('duende-bridge'), args: ['vmm', ...(ownerOf(vmId) ?? [])] };
}

async function launch(context: LaunchContext, config: VmConfig, incoming: boolean): Promise<DaemonHandle> {
  const { native, folder, vmId } = context;
  if (await native.find(vmId)) throw taken(vmId);
  // Of somebody who was killed right here.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await prepareEvents(folder);
    const disk = config.disk && (await linkDisk(config.disk, folder));
    return await native.spawn({
      name: vmId,
      ...(await commandOf(context, { ...config, disk }, incoming)),
      cwd: folder,
      restart: config.restart ? { policy: 'on-failure', ...config.restart } : 'never',
      // A guest has no use for what SIGTERM does to QEMU.
      stopSignal: 'KILL',
      logs: { maxSize: consoleSize, files: 1 },
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Makes the folder of a VM and starts its QEMU, which outlives us.
 * @param incoming starts with nothing in it, to be given a snapshot
 * @throws PlatformError `already-exists`; what NativeAdapter.spawn throws
 */
export async function launchQemu(
  context: LaunchContext,
  config: VmConfig,
  incoming: boolean,
): Promise<DaemonHandle> {
  const { folder, vmId } = context;
  const lock = join(dirname(folder), `.${vmId}.lock`);
  const started = await withLock(lock, { patience }, () => launch(context, config, incoming));
  if (started === undefined) throw taken(vmId);
  return started.result;
}
