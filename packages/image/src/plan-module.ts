import { realpathSync } from 'node:fs';
import { bundleModule } from './bundle.ts';
import { type ImagePlan, makePlan, type PlanOptions } from './plan.ts';
import { packProgram } from './program-files.ts';

export interface ModulePlanOptions extends PlanOptions {
  /** The file of a `defineDaemon` module, absolute; see `resolveModule` for what a spec says. */
  readonly module: string;
  /** Absolute path of the Node program; the one that runs this without it. */
  readonly node?: string;
}

/** Where the bundle is in the image. */
export const bundlePath = '/app/daemon.mjs';

/**
 * Plans the image of a module daemon: Node as on this host, and the module with the daemon host of @duende/core as one file.
 * @throws PlatformError Config for a module that cannot be bundled; whatever `planProgram` throws for Node.
 */
export async function planModule(options: ModulePlanOptions): Promise<ImagePlan> {
  const { module, platform, cacheDirectory } = options;
  const node = options.node ?? realpathSync(process.execPath);
  const bundle = await bundleModule({
    module,
    platform,
    ...(cacheDirectory !== undefined && { cacheDirectory }),
  });
  return await makePlan('module', [node, bundlePath], options, async (packing) => {
    await packProgram(node, 'base', packing);
    packing.tree.content(packing.tree.resolve(bundlePath), 'daemon', bundle);
  });
}
