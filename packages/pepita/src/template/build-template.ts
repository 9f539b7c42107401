import { mkdir, open, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { awaitAgent } from '../boot/await-agent.ts';
import { ownVmId } from '../boot/own-vm-id.ts';
import { sweepOwnVms } from '../boot/sweep.ts';
import { failure } from '../fail.ts';
import { sha256 } from '../hash.ts';
import type { PepitaPaths } from '../paths.ts';
import type { VmConfig } from '../qemu/vm-config.ts';
import type { Vmm } from '../qemu/vmm.ts';
import { publish } from '../store.ts';
import { describeMemory, type TemplateRecord, templateFiles } from './template.ts';

/** Bytes that stay free on the disk. */
const reserve = 64 * 1024 ** 2;

export interface BuildTemplateOptions {
  readonly vmm: Vmm;
  readonly paths: PepitaPaths;
  readonly key: string;
  /** As of the clones: with the network, if any, and a disk of the right size. */
  readonly config: VmConfig;
  /** Bytes of the disk, 0 without one. */
  readonly diskSize: number;
}

/**
 * The guest's memory is a file that fills up while it runs, and a QEMU for which the disk has no more room gets SIGBUS: there must be
 * room for all of it.
 */
export async function requireRoom(folder: string, memory: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= memory + reserve) return;
  throw failure(`No room for a snapshot of ${memory / 1024 ** 2} MiB in ${folder}`, 'engine-error', {
    hint: 'Free some space of the disk that has the state folder',
  });
}

async function makeSparse(path: string, size: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.truncate(size);
  } finally {
    await file.close();
  }
}

/** Writes the state of a guest down, and ends it. @returns bytes */
export async function freeze(vmm: Vmm, vmId: string, state: string): Promise<number> {
  await vmm.pause(vmId);
  const size = await vmm.snapshot(vmId, state);
  await vmm.remove(vmId);
  return size;
}

/** The last file of a template. */
export async function writeRecord(
  folder: string,
  { key, size, bootTime }: { readonly key: string; readonly size: number; readonly bootTime: number },
): Promise<void> {
  const record: TemplateRecord = {
    format: 1,
    key,
    memory: await describeMemory(join(folder, templateFiles.memory)),
    state: { size, sha256: sha256(await readFile(join(folder, templateFiles.state))) },
    createdAt: new Date().toISOString(),
    bootTime,
  };
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  await writeFile(join(folder, templateFiles.record), text, { mode: 0o600 });
}

async function build(folder: string, vmId: string, options: BuildTemplateOptions): Promise<void> {
  const { vmm, paths, key, config, diskSize } = options;
  await mkdir(folder, { mode: 0o700 });
  await requireRoom(folder, config.memory);
  const memory = join(folder, templateFiles.memory);
  const state = join(folder, templateFiles.state);
  const disk = join(folder, 'disk');
  await makeSparse(memory, config.memory);
  if (diskSize > 0) await makeSparse(disk, diskSize);
  const network = config.network && { ports: [], outbound: false };
  const started = Date.now();
  await vmm.start(vmId, {
    ...config,
    network,
    disk: diskSize > 0 ? disk : undefined,
    memoryFile: { path: memory, shared: true },
  });
  await awaitAgent({ vmm, vmId, paths });
  const bootTime = Date.now() - started;
  const size = await freeze(vmm, vmId, state);
  await rm(disk, { force: true });
  await writeRecord(folder, { key, size, bootTime });
}

/**
 * Boots a guest, freezes it once its agent has answered, and keeps it. Appears complete or not at all.
 * @throws PlatformError when the guest does not come up or the disk is full; system errors of the disk
 */
export async function buildTemplate(options: BuildTemplateOptions): Promise<void> {
  const { vmm, paths, key } = options;
  const vmId = ownVmId('template');
  const folder = join(paths.templates, key);
  await sweepOwnVms(vmm, paths);
  try {
    await publish(folder, (temporary) => build(temporary, vmId, options));
  } finally {
    await vmm.remove(vmId);
  }
}
