import { createHash } from 'node:crypto';
import { configError } from '@duende/core/contract';
import { type ArchiveInput, archiveSize, writeArchive } from './archive.ts';
import { ImageCache } from './cache.ts';
import type { FileEntry } from './entries.ts';
import { type ImageConfig, imageConfig, type RuntimeConfig } from './image-config.ts';
import { layerEntries } from './layer.ts';
import type { ImagePlan } from './plan.ts';
import { contentDigests } from './source.ts';

export interface BuildImageOptions {
  /** Where digests are remembered; made with mode 0700. Without it every file is read each time. */
  readonly cacheDirectory?: string;
  /** Part of the reference: lower-case letters, digits and single separators `.`, `_`, `-`. The kind of the plan without it. */
  readonly name?: string;
  readonly runtimeConfig?: RuntimeConfig;
}

export interface BuiltImage {
  /** `duende.local/NAME:KEY`, with the first 32 digits of the key: an engine that has it has this image. */
  readonly reference: string;
  /** SHA-256 of everything in the image, 64 hex digits. */
  readonly key: string;
  /** Bytes of the archive. */
  readonly sizeBytes: number;
  /**
   * The image as a docker-archive, read from the files of this host. Can be called again.
   * @throws PlatformError SpawnFailed when a file has changed since the key was made; load nothing then.
   */
  archive(): AsyncIterable<Buffer>;
}

/** Raised whenever the same plan gives other bytes than before. */
const formatVersion = 1;

/** An image with the same key has the same files and the same config. */
function contentKey(
  entries: readonly FileEntry[],
  digests: ReadonlyMap<string, string>,
  config: ImageConfig,
): string {
  const hash = createHash('sha256').update(JSON.stringify([formatVersion, config]));
  for (const entry of entries) {
    const { path, type, mode, uid, gid, layer } = entry;
    const content = type === 'symlink' ? entry.linkTarget : (digests.get(path) ?? '');
    hash.update(`\n${JSON.stringify([path, type, mode, uid, gid, layer, content])}`);
  }
  return hash.digest('hex');
}

/**
 * Names the image of a plan. Nothing is stored but the digests of files: the bytes are made when an engine that has not got the
 * reference asks for the archive.
 * @throws PlatformError SpawnFailed when a file changes meanwhile; Config for a name that cannot be in a reference.
 */
export async function buildImage(plan: ImagePlan, options: BuildImageOptions = {}): Promise<BuiltImage> {
  const { platform } = plan;
  const name = options.name ?? plan.kind;
  if (!/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(name) || name.length > 128) {
    throw configError(`name: ${JSON.stringify(name)} cannot be the name of an image`, {
      platform,
      operation: 'spawn',
      field: 'name',
      hint: 'Use lower-case letters, digits and single separators',
    });
  }
  const cache = new ImageCache(options.cacheDirectory);
  const digests = await contentDigests(plan.entries, cache, platform);
  await cache.save();
  const config = imageConfig(plan, options.runtimeConfig);
  const key = contentKey(plan.entries, digests, config);
  const reference = `duende.local/${name}:${key.slice(0, 32)}`;
  const layers = (['base', 'daemon'] as const)
    .map((layer) => ({ name: `${layer}.tar`, entries: layerEntries(plan.entries, layer) }))
    .filter(({ entries }) => entries.length > 0);
  const input: ArchiveInput = { reference, key, config, layers };
  const sources = { platform, digests };
  return { reference, key, sizeBytes: archiveSize(input), archive };

  async function* archive(): AsyncGenerator<Buffer> {
    try {
      const onMismatch = (entry: FileEntry): void => {
        if ('identity' in entry) cache.forget(entry.identity);
      };
      yield* writeArchive(input, { ...sources, onMismatch });
    } finally {
      // Only after a mismatch: what the cache said is wrong.
      await cache.save();
    }
  }
}
