import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@duende/core/contract';
import { buildImage, fileEntries, type ImagePlan } from '@duende/image';
import { codeOf, failure, messageOf } from '../fail.ts';
import { withLock } from '../lock.ts';
import type { PepitaPaths } from '../paths.ts';
import { exists, publish, touch, trim } from '../store.ts';
import { layOutErofs } from './erofs-layout.ts';
import { writeErofs } from './write-erofs.ts';

/** The root file system of a guest, to be attached read-only. */
export interface Rootfs {
  readonly file: string;
  /** SHA-256 of everything in it. */
  readonly key: string;
  /** Bytes of the disk as the guest sees it; the file is sparse. */
  readonly diskSize: number;
}

/** Raised whenever the same entries give another image. */
const formatVersion = 1;
/** Images that are kept. */
const kept = 16;
/** Bytes of the smallest disk; larger ones are the next power of two. Few sizes, so that few snapshots serve all images. */
const smallestDisk = 4 * 1024 ** 3;
/** Milliseconds for which another process may write the same image. */
const patience = 60_000;

/** Bytes of the disk for an image. */
export function diskSizeFor(imageSize: number): number {
  let size = smallestDisk;
  while (size < imageSize) size *= 2;
  return size;
}

function writeError(error: unknown): unknown {
  if (PlatformError.isInstance(error)) return error;
  const isFull = codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';
  return failure(`Cannot write the root file system of the VM: ${messageOf(error)}`, 'engine-error', {
    hint: isFull ? 'Free some space of the disk that has the state folder' : undefined,
    cause: error,
  });
}

/**
 * Makes the image of a plan, or finds it: an EROFS file written here, which needs neither root nor a mount nor a tool, and has each
 * owner and mode as the plan says. Several processes may make the same at once.
 * @throws PlatformError SpawnFailed when a file of the host changes or cannot be read, or the disk is full; nothing is left then
 */
export async function makeRootfs(plan: ImagePlan, paths: PepitaPaths): Promise<Rootfs> {
  // What is executed in it does not matter to the image: one serves every argument list.
  const { key } = await buildImage(
    { ...plan, kind: 'program', argv: [], user: { uid: 0, gid: 0 } },
    { cacheDirectory: paths.images },
  );
  const layout = layOutErofs(fileEntries(plan));
  const diskSize = diskSizeFor(layout.size);
  const file = join(paths.rootfs, `${key}-${formatVersion}.erofs`);
  const isThere = async (): Promise<boolean> => (await stat(file).catch(() => undefined))?.size === diskSize;
  if (!(await isThere())) {
    try {
      await withLock(join(paths.rootfs, `.${key}.lock`), { patience }, async () => {
        if (await isThere()) return;
        await publish(file, (temporary) => writeErofs(temporary, layout, diskSize));
        await trim(paths.rootfs, kept);
      });
    } catch (error) {
      throw writeError(error);
    }
    if (!(await exists(file))) throw failure('Another process writes the same image', 'timeout');
  }
  await touch(file);
  return { file, key, diskSize };
}
