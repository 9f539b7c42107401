import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import type { Platform } from '@duende/core/contract';
import type { ImageCache } from './cache.ts';
import type { FileEntry, SourceEntry } from './entries.ts';
import { changedFile, unreadableFile } from './errors.ts';
import { identityKey, identityOf } from './identity.ts';

/** The plan has a plain file at this path: neither follow a link nor wait for a pipe that has come into its place. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Bytes that are read at a time. */
const chunkSize = 256 * 1024;

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/**
 * The content of a file of the host, exactly as many bytes as the plan says.
 * @throws PlatformError SpawnFailed when it has become shorter or longer, is gone, or cannot be read.
 */
export async function* readSource(entry: SourceEntry, platform: Platform): AsyncGenerator<Buffer> {
  const { source, identity } = entry;
  let file: FileHandle | undefined;
  try {
    file = await open(source, openFlags);
    for (let rest = identity.size; rest > 0; ) {
      const size = Math.min(rest, chunkSize);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size);
      if (bytesRead === 0) throw changedFile(source, platform);
      rest -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    const { bytesRead } = await file.read(Buffer.alloc(1), 0, 1);
    if (bytesRead > 0) throw changedFile(source, platform);
  } catch (error) {
    throw readError(error, source, platform);
  } finally {
    await file?.close();
  }
}

function readError(error: unknown, path: string, platform: Platform): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const isGone = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
  return isGone ? changedFile(path, platform, error) : unreadableFile(path, platform, error);
}

/** Hashes a file that is the one of the plan before and after. */
async function hashSource(entry: SourceEntry, platform: Platform): Promise<string> {
  const hash = createHash('sha256');
  await requireSame(entry, platform);
  for await (const chunk of readSource(entry, platform)) hash.update(chunk);
  await requireSame(entry, platform);
  return hash.digest('hex');
}

async function requireSame({ source, identity }: SourceEntry, platform: Platform): Promise<void> {
  const stat = await lstat(source, { bigint: true }).catch(() => undefined);
  if (stat === undefined || identityKey(identityOf(stat)) !== identityKey(identity)) {
    throw changedFile(source, platform);
  }
}

/** SHA-256 of every file by its path; only those that the cache does not know are read. */
export async function contentDigests(
  entries: readonly FileEntry[],
  cache: ImageCache,
  platform: Platform,
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const entry of entries) {
    if (entry.type !== 'file') continue;
    if ('content' in entry) {
      digests.set(entry.path, sha256(entry.content));
      continue;
    }
    let digest = cache.digest(entry.identity);
    if (digest === undefined) {
      digest = await hashSource(entry, platform);
      cache.setDigest(entry.identity, digest);
    }
    digests.set(entry.path, digest);
  }
  return digests;
}
