import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { configError, type DaemonSpec } from '@duende/core/contract';
import type { VmRecord } from '../adapter/vm-record.ts';
import type { Machine } from '../boot/machine.ts';
import { sha256File } from '../hash.ts';

/** Names in the folder of a snapshot. `run` is the folder that the bridge had, less its sockets. */
export const snapshotFiles = {
  record: 'snapshot.json',
  state: 'state',
  rootfs: 'rootfs',
  run: 'run',
} as const;

/** What a snapshot can be brought back with: the same of each. */
interface MadeWith {
  readonly accel: 'kvm' | 'tcg';
  /** All of QEMU's version line. */
  readonly qemu: string;
  /** Version of the kernel, and keys of what was booted. */
  readonly kernelVersion: string;
  readonly kernel: string;
  readonly initramfs: string;
}

/** `snapshot.json`, written last. */
export interface SnapshotRecord {
  readonly format: 1;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly name: string;
  /** Of the run of the daemon, which goes on. */
  readonly id: string;
  readonly spec: DaemonSpec;
  readonly vm: VmRecord;
  readonly madeWith: MadeWith;
  readonly state: { readonly size: number; readonly sha256: string };
  /** SHA-256 of its first `data` bytes: it is mostly a hole. */
  readonly rootfs: { readonly size: number; readonly data: number; readonly sha256: string };
}

export const madeWith = ({ accel, engine, kernel, initramfs }: Machine): MadeWith => ({
  accel,
  qemu: engine.version,
  kernelVersion: kernel.version,
  kernel: kernel.key,
  initramfs: initramfs.key,
});

export const snapshotError = (message: string, hint?: string) =>
  configError(message, { platform: 'pepita', operation: 'spawn', field: 'snapshot', hint });

export async function describeState(path: string): Promise<SnapshotRecord['state']> {
  return { size: (await stat(path)).size, sha256: await sha256File(path) };
}

async function sha256Head(path: string, length: number): Promise<string> {
  const hash = createHash('sha256');
  if (length === 0) return hash.digest('hex');
  for await (const chunk of createReadStream(path, { end: length - 1, highWaterMark: 1024 * 1024 }))
    hash.update(chunk);
  return hash.digest('hex');
}

/** @param data bytes of it that are compared; as many as it has on the disk without it */
export async function describeRootfs(path: string, data?: number): Promise<SnapshotRecord['rootfs']> {
  const { size, blocks } = await stat(path);
  const length = data ?? Math.min(size, blocks * 512);
  return { size, data: length, sha256: await sha256Head(path, length) };
}

/** What is in a folder, once its files are those that were written. @throws PlatformError Config */
export async function readSnapshot(folder: string): Promise<SnapshotRecord> {
  let record: SnapshotRecord;
  try {
    record = JSON.parse(await readFile(join(folder, snapshotFiles.record), 'utf8'));
  } catch {
    throw snapshotError(
      `There is no snapshot in ${folder}`,
      'Give a folder that pepita snapshot has written',
    );
  }
  if (record.format !== 1) throw snapshotError(`The snapshot in ${folder} is of another version of pepita`);
  const { state, rootfs } = record;
  const found = {
    state: await describeState(join(folder, snapshotFiles.state)).catch(() => undefined),
    rootfs: await describeRootfs(join(folder, snapshotFiles.rootfs), rootfs.data).catch(() => undefined),
  };
  const isSound = found.state?.sha256 === state.sha256 && found.rootfs?.size === rootfs.size;
  if (!isSound || found.rootfs?.sha256 !== rootfs.sha256)
    throw snapshotError(`The snapshot in ${folder} is damaged`);
  return record;
}

/** A guest goes on only in a machine that is as its own was. @throws PlatformError Config that says what differs */
export function requireSame({ madeWith: theirs }: SnapshotRecord, machine: Machine): void {
  const ours = madeWith(machine);
  const differ = (what: string, was: string, is: string) =>
    snapshotError(
      `The snapshot needs ${what} ${was}, and here it is ${is}`,
      'Bring it back where it was made',
    );
  if (theirs.qemu !== ours.qemu) throw differ('QEMU', theirs.qemu, ours.qemu);
  if (theirs.kernel !== ours.kernel) throw differ('the kernel', theirs.kernelVersion, ours.kernelVersion);
  if (theirs.initramfs !== ours.initramfs)
    throw snapshotError('The snapshot was made by another version of pepita');
}
