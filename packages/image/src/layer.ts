import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { Platform } from '@duende/core/contract';
import { entrySize, type FileEntry, type LayerName } from './entries.ts';
import { changedFile } from './errors.ts';
import { readSource } from './source.ts';
import { endOfTar, entryHeader, padding } from './tar.ts';

/** What is in one layer: its own entries and the folders that lead to them, sorted. The root itself is in none. */
export function layerEntries(entries: readonly FileEntry[], layer: LayerName): readonly FileEntry[] {
  const paths = new Set<string>();
  for (const entry of entries) {
    if (entry.layer !== layer) continue;
    for (let path = entry.path; path !== '/' && !paths.has(path); path = posix.dirname(path)) paths.add(path);
  }
  return entries.filter(({ path }) => paths.has(path));
}

/** Bytes of the tar of a layer. */
export function layerSize(entries: readonly FileEntry[]): number {
  let total = endOfTar.length;
  for (const entry of entries) {
    const size = entrySize(entry);
    total += entryHeader(entry).length + size + padding(size);
  }
  return total;
}

export interface LayerResult {
  /** SHA-256 of the tar, which is not compressed: its diff id. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

export interface LayerOptions {
  /** Of errors. */
  readonly platform: Platform;
  /** SHA-256 of the files by path, as the image's key has them. */
  readonly digests: ReadonlyMap<string, string>;
  /** Called with a file whose content is another one, before the error is thrown. */
  readonly onMismatch?: (entry: FileEntry) => void;
}

/**
 * The tar of a layer, piece by piece; returns its digest. The same entries give the same bytes: sorted, times 0, no hard links.
 * @throws PlatformError SpawnFailed when a file is not any more what its digest says.
 */
export async function* writeLayer(
  entries: readonly FileEntry[],
  options: LayerOptions,
): AsyncGenerator<Buffer, LayerResult, undefined> {
  const hash = createHash('sha256');
  let size = 0;
  const count = (chunk: Buffer): Buffer => {
    hash.update(chunk);
    size += chunk.length;
    return chunk;
  };
  for (const entry of entries) {
    yield count(entryHeader(entry));
    for await (const chunk of content(entry, options)) yield count(chunk);
    const rest = padding(entrySize(entry));
    if (rest > 0) yield count(Buffer.alloc(rest));
  }
  yield count(endOfTar);
  return { digest: hash.digest('hex'), size };
}

async function* content(entry: FileEntry, options: LayerOptions): AsyncGenerator<Buffer> {
  if (entry.type !== 'file') return;
  if ('content' in entry) {
    yield entry.content;
    return;
  }
  const hash = createHash('sha256');
  try {
    for await (const chunk of readSource(entry, options.platform)) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    options.onMismatch?.(entry);
    throw error;
  }
  if (hash.digest('hex') === options.digests.get(entry.path)) return;
  options.onMismatch?.(entry);
  throw changedFile(entry.source, options.platform);
}
