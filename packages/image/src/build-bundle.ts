import { dirname } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import { entryName, refuseUnbundlable } from './bundle-problems.ts';
import { banner, common, entryText, hostFile } from './bundle-recipe.ts';
import { dependencies } from './dependencies.ts';
import { type Evidence, holds, takeEvidence } from './evidence.ts';

interface Built {
  readonly text: string;
  /** Of what it was made; `undefined` when that is not sure. */
  readonly evidence: Evidence | undefined;
}

async function run(options: BuildOptions & { absWorkingDir: string }): Promise<Built> {
  // Only here: it takes longer to load and to start than everything else together.
  const { build } = await import('esbuild');
  const started = Date.now();
  const { outputFiles, metafile } = await build({ ...options, ...common });
  const paths = dependencies(metafile.inputs, options.absWorkingDir);
  return { text: outputFiles[0]?.text ?? '', evidence: paths && takeEvidence(paths, started) };
}

/** The last one of this process. */
let host: Promise<Built> | undefined;

/** The daemon host by itself, so that where it is installed does not show in the bundles of daemons. */
async function builtHost(): Promise<Built> {
  const last = await host?.catch(() => undefined);
  if (last?.evidence && holds(last.evidence)) return last;
  const file = hostFile();
  host = run({ entryPoints: [file], absWorkingDir: dirname(file) });
  return await host;
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

/** Bundles a module with the daemon host. The evidence is that of both. @throws BuildFailure of esbuild */
export async function buildBundle(
  module: string,
): Promise<{ text: string; evidence: readonly Evidence[] | undefined }> {
  const folder = dirname(module);
  const host = await builtHost();
  const { text, evidence } = await run({
    absWorkingDir: folder,
    stdin: { contents: entryText(module), resolveDir: folder, sourcefile: entryName, loader: 'js' },
    banner: { js: banner },
    define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' },
    plugins: [refuseUnbundlable, provide(host.text, module)],
  });
  return { text, evidence: host.evidence && evidence && [host.evidence, evidence] };
}
