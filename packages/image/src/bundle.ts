import { dirname } from 'node:path';
import type { Platform } from '@duende/core/contract';
import { buildBundle } from './build-bundle.ts';
import { findBundle, keepBundle } from './bundle-cache.ts';
import { bundleError } from './bundle-problems.ts';
import { recipeOf } from './bundle-recipe.ts';

export interface BundleOptions {
  /** Absolute. */
  readonly module: string;
  /** Of errors. */
  readonly platform: Platform;
  /** Where bundles are kept, as long as everything of which they were made is unchanged; made with mode 0700. */
  readonly cacheDirectory?: string;
}

/**
 * Bundles a daemon module, everything that it imports, and the daemon host into one ES module for Node 24. The same files give
 * the same bytes, wherever their folder is.
 * @throws PlatformError Config, naming file and line, for wrong source code and for what cannot be in a bundle.
 */
export async function bundleModule(options: BundleOptions): Promise<string> {
  const { module, platform, cacheDirectory } = options;
  try {
    const recipe = cacheDirectory === undefined ? '' : recipeOf(module);
    const kept = cacheDirectory === undefined ? undefined : findBundle(cacheDirectory, module, recipe);
    if (kept !== undefined) return kept;
    const { text, evidence } = await buildBundle(module);
    if (cacheDirectory !== undefined && evidence) {
      await keepBundle(cacheDirectory, module, text, { recipe, evidence });
    }
    return text;
  } catch (error) {
    throw bundleError(error, dirname(module), platform);
  }
}
