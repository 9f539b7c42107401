import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import type { Platform } from '@duende/core/contract';
import type { BuildOptions, BuildResult, Plugin } from 'esbuild';
import { bundleError, entryName, refuseUnbundlable } from './bundle-problems.ts';

export interface BundleOptions {
  /** Absolute. */
  readonly module: string;
  /** Of errors. */
  readonly platform: Platform;
}

const common = {
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node24',
  // As Node itself resolves: not `module`, which esbuild adds.
  conditions: [],
  format: 'esm',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent',
  // Comments, labels and identifiers would have the names of folders, which differ from one checkout to the next. The names
  // of functions and classes stay, for error.name and for stacks.
  minifyWhitespace: true,
  minifyIdentifiers: true,
  keepNames: true,
} as const satisfies BuildOptions;

// For CommonJS code in the bundle; esbuild gives any `require` of the modules themselves another name.
const banner = `import{createRequire as duendeRequire}from'node:module';const require=duendeRequire(import.meta.url);`;

let host: Promise<string> | undefined;

const textOf = (result: BuildResult<{ write: false }>): string => result.outputFiles[0]?.text ?? '';

/** The daemon host by itself, so that where it is installed does not show in the bundles of daemons. */
async function hostText(): Promise<string> {
  const { build } = await import('esbuild');
  const file = realpathSync(createRequire(import.meta.url).resolve('@duende/core/host'));
  return textOf(await build({ ...common, entryPoints: [file], absWorkingDir: dirname(file) }));
}

/**
 * What host-main.js of @duende/core does with a file, done with a module of the bundle. The import is not static: the host has
 * to have its signal handlers before any code of the daemon runs, and reports what that code throws.
 */
function entryText(module: string): string {
  const name = basename(module).replace(/\.[^.]*$/, '');
  const usage = `${basename(module)} is not a daemon module: expected \`export default defineDaemon({ ... })\``;
  return `
    import { HostError, hostExit, runDaemon } from 'duende:host';
    const load = async () => {
      const found = (await import('duende:module')).default;
      const isDaemon = (value) => value?.[Symbol.for('duende.daemon')] === 1;
      const definition = [found, found?.default].find(isDaemon);
      if (definition) return definition;
      throw new HostError(${JSON.stringify(usage)}, hostExit.config);
    };
    const definition = load();
    // The host looks at it later, or not at all when its settings are wrong.
    definition.catch(() => {});
    await runDaemon(definition, { name: ${JSON.stringify(name)} });
  `;
}

/** The two modules that only the entry knows. */
function provide(host: string, module: string): Plugin {
  return {
    name: 'duende',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^duende:module$/ }, () => ({ path: module }));
      onResolve({ filter: /^duende:host$/ }, ({ path }) => ({ path, namespace: 'duende' }));
      onLoad({ filter: /./, namespace: 'duende' }, () => ({ contents: host, loader: 'js' }));
    },
  };
}

/**
 * Bundles a daemon module, everything that it imports, and the daemon host into one ES module for Node 24. The same files give
 * the same bytes, wherever their folder is.
 * @throws PlatformError Config, naming file and line, for wrong source code and for what cannot be in a bundle.
 */
export async function bundleModule({ module, platform }: BundleOptions): Promise<string> {
  const folder = dirname(module);
  try {
    const { build } = await import('esbuild');
    host ??= hostText();
    return textOf(
      await build({
        ...common,
        absWorkingDir: folder,
        stdin: { contents: entryText(module), resolveDir: folder, sourcefile: entryName, loader: 'js' },
        banner: { js: banner },
        define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' },
        plugins: [refuseUnbundlable, provide(await host, module)],
      }),
    );
  } catch (error) {
    throw bundleError(error, folder, platform);
  }
}
