import type { Platform } from '@duende/core/contract';
import type { ImageCache } from './cache.ts';
import type { Tree } from './tree.ts';

/** What everything that puts files of the host into a tree needs. */
export interface Packing {
  readonly tree: Tree;
  readonly cache: ImageCache;
  /** Of errors. */
  readonly platform: Platform;
  /** The daemon's environment: PATH, LD_LIBRARY_PATH and TZ say which files it needs. */
  readonly env: Readonly<Record<string, string>>;
}
