import { type FileHandle, lstat, open } from 'node:fs/promises';
import { type FileIdentity, readSource, type SourceEntry } from '@duende/image';
import { failure } from '../fail.ts';
import type { ErofsLayout, Extent } from './erofs-layout.ts';

/** Whether a file of the host still is the one that the plan and its digest are of. */
async function isSame(source: string, identity: FileIdentity): Promise<boolean> {
  const stat = await lstat(source, { bigint: true }).catch(() => undefined);
  return (
    stat !== undefined &&
    String(stat.dev) === identity.device &&
    String(stat.ino) === identity.inode &&
    String(stat.mtimeNs) === identity.modified &&
    String(stat.ctimeNs) === identity.changed &&
    Number(stat.size) === identity.size
  );
}

async function copySource(file: FileHandle, { entry, offset }: Extent): Promise<void> {
  const { source, identity } = entry as SourceEntry;
  let at = offset;
  for await (const chunk of readSource(entry as SourceEntry, 'pepita')) {
    await file.write(chunk, 0, chunk.length, at);
    at += chunk.length;
  }
  if (await isSame(source, identity)) return;
  throw failure(`${source} has changed while an image was made of it`, 'engine-error', {
    hint: 'Start the daemon again once the file is complete',
  });
}

/**
 * Writes an image file, sparse up to `diskSize` bytes: every disk of that size fits the same snapshot.
 * @throws PlatformError SpawnFailed when a file of the host changes meanwhile or cannot be read; system errors of the new file
 */
export async function writeErofs(path: string, layout: ErofsLayout, diskSize: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.truncate(diskSize);
    await file.write(layout.head, 0, layout.head.length, 0);
    for (const extent of layout.extents) {
      const { content, offset } = extent;
      if (content) await file.write(content, 0, content.length, offset);
      else await copySource(file, extent);
    }
  } finally {
    await file.close();
  }
}
