import { realpathSync } from 'node:fs';
import { bundleModule } from './bundle.ts';
import { rehearsal } from './bundle-recipe.ts';
import { type ImagePlan, makePlan, type PlanOptions } from './plan.ts';
import { packProgram } from './program-files.ts';
import { daemonUser } from './skeleton.ts';

export interface ModulePlanOptions extends PlanOptions {
  /** The file of a `defineDaemon` module, absolute; see `resolveModule` for what a spec says. */
  readonly module: string;
  /** Absolute path of the Node program; the one that runs this without it. */
  readonly node?: string;
  /** The image has a folder where Node keeps what it has compiled; who runs `rehearse` in it first starts faster afterwards. */
  readonly compileCache?: boolean;
}

export interface ModulePlan extends ImagePlan {
  /** Runs all of the daemon host and nothing of the module, and ends. */
  readonly rehearse: readonly string[];
}

/** Where the bundle is in the image. */
export const bundlePath = '/app/daemon.mjs';

const startPath = '/app/start.mjs';
const cachePath = '/app/cache';
/** Before the bundle is compiled. Node tells its versions and users apart in the folder. */
const startText = `import { enableCompileCache } from 'node:module';
enableCompileCache('${cachePath}');
await import('./daemon.mjs');
`;

/**
 * Plans the image of a module daemon: Node as on this host, and the module with the daemon host of @duende/core as one file.
 * @throws PlatformError Config for a module that cannot be bundled; whatever `planProgram` throws for Node.
 */
export async function planModule(options: ModulePlanOptions): Promise<ModulePlan> {
  const { module, platform, cacheDirectory, compileCache = false, user = daemonUser } = options;
  const node = options.node ?? realpathSync(process.execPath);
  const bundle = await bundleModule({
    module,
    platform,
    ...(cacheDirectory !== undefined && { cacheDirectory }),
  });
  const argv = [node, compileCache ? startPath : bundlePath];
  const plan = await makePlan('module', argv, options, async (packing) => {
    await packProgram(node, 'base', packing);
    const { tree } = packing;
    tree.content(tree.resolve(bundlePath), 'daemon', bundle);
    if (!compileCache) return;
    tree.content(tree.resolve(startPath), 'daemon', startText);
    tree.ownDirectory(tree.resolve(cachePath), 'daemon', 0o755, user);
  });
  return { ...plan, rehearse: [...argv, rehearsal] };
}
