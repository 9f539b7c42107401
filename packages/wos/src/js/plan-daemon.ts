import { createRequire } from 'node:module';
import { hostVariables, resolveModule } from '@duende/core/contract';
import type { SpawnOptions } from '../kernel/options.ts';
import { findBundle } from './bundle/bundle-cache.ts';

export interface JsDaemonOptions {
  /** Of the daemon. */
  readonly name: string;
  /** A module whose default export is `defineDaemon({ ... })`: a path or a `file:` URL. */
  readonly module: string;
  /** `ctx.config` before validation. */
  readonly config?: unknown;
  /** Milliseconds that the end may take; 10 000 without it. */
  readonly stopTimeout?: number;
  /** `http://HOST:PORT/PATH` where health probes are answered; `net` has to grant to listen there. */
  readonly healthUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder where bundles are kept; made with mode 0700. None by default: they are kept in this process. */
  readonly cacheDirectory?: string;
}

export type JsDaemonPlan = Required<Pick<SpawnOptions, 'name' | 'module' | 'script' | 'env' | 'args'>>;

/** QuickJS as a WASI module, from quickjs-wasi. */
export const quickJsFile = (): string => createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm');

/**
 * What `Kernel.spawn` needs for a module daemon: `kernel.spawn({ ...await planJsDaemon(...), capabilities, limits, stdout })`.
 * @throws PlatformError Config: the module cannot be read or bundled; it names file and line
 */
export async function planJsDaemon(options: JsDaemonOptions): Promise<JsDaemonPlan> {
  const { name, config, stopTimeout, healthUrl, env, cacheDirectory } = options;
  const module = resolveModule({ name, module: options.module } as Parameters<typeof resolveModule>[0]);
  const { text, map } = await findBundle(module, cacheDirectory);
  const variables: Record<string, string> = { ...env, [hostVariables.name]: name };
  if (stopTimeout !== undefined) variables[hostVariables.stopTimeout] = String(stopTimeout);
  if (config !== undefined) variables[hostVariables.config] = JSON.stringify(config);
  if (healthUrl !== undefined) variables[hostVariables.healthUrl] = healthUrl;
  return {
    name,
    module: quickJsFile(),
    script: { text, name: 'daemon.js', map },
    env: variables,
    args: [name, module],
  };
}
