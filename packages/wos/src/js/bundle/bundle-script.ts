import { basename, dirname, resolve } from 'node:path';
import { configError } from '@duende/core/contract';
import type { BuildFailure, BuildOptions, BuildResult, Message } from 'esbuild';
import { type BuiltinImport, builtins, distance, usedBuiltins } from './builtins.ts';
import { guestFile } from './targets.ts';

/** A bundle for QuickJS. */
export interface ScriptBundle {
  /** An ES module without imports. */
  readonly text: string;
  /** Its source map, as JSON. */
  readonly map: string;
  /** Every file that it was made of, absolute. */
  readonly inputs: readonly string[];
}

const entryName = 'duende-entry.js';

export const common = {
  bundle: true,
  write: false,
  metafile: true,
  // QuickJS itself: Node's packages would bring Node's modules, those for browsers what browsers have.
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['wos'],
  target: 'es2023',
  format: 'esm',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent',
  minifyWhitespace: true,
  keepNames: true,
  sourcemap: 'external',
  sourcesContent: false,
  outfile: 'script.js',
  define: { 'process.platform': '"wos"' },
} as const satisfies BuildOptions;

/** The import of the daemon is not static: the host reports what its code throws. */
function entryText(module: string): string {
  const label = basename(module);
  const options = { name: label.replace(/\.[^.]*$/, ''), label };
  return `import { runGuest } from ${JSON.stringify(guestFile('main'))};
runGuest(() => import(${JSON.stringify(module)}), ${JSON.stringify(options)});`;
}

async function run(module: string, refused: readonly BuiltinImport[]): Promise<BuildResult<typeof common>> {
  // Only here: it takes longer to load and to start than everything else together.
  const { build } = await import('esbuild');
  const folder = dirname(module);
  return await build({
    ...common,
    absWorkingDir: folder,
    stdin: { contents: entryText(module), resolveDir: folder, sourcefile: entryName, loader: 'js' },
    plugins: [builtins(refused)],
  });
}

/**
 * Bundles a daemon module, everything that it imports, and the host of daemons into one ES module for QuickJS.
 * @param module absolute
 * @throws PlatformError Config, naming file and line, for wrong source code and for Node's modules that are used
 */
export async function bundleScript(module: string): Promise<ScriptBundle> {
  const folder = dirname(module);
  try {
    const built = await run(module, []);
    const used = usedBuiltins(built.metafile, folder);
    // Again, so that esbuild says in which line.
    if (used.length > 0) await run(module, used);
    const text = built.outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? '';
    const map = built.outputFiles.find(({ path }) => path.endsWith('.map'))?.text ?? '';
    const inputs = Object.keys(built.metafile.inputs)
      .filter((file) => file !== entryName)
      .map((file) => resolve(folder, file));
    return { text, map, inputs };
  } catch (error) {
    throw bundleError(error, folder);
  }
}

const isFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);

/** `file:line: message`. */
function lineOf({ location, text }: Message, folder: string): string {
  // Of the entry the user knows nothing.
  if (location === null || location.file === entryName) return `module: ${text}`;
  return `${resolve(folder, location.file)}:${location.line}: ${text}`.replace(/\s*[\r\n]+\s*/g, ' ');
}

const far = ({ location }: Message, folder: string): number =>
  location === null ? 0 : distance(resolve(folder, location.file), folder);

function bundleError(error: unknown, folder: string) {
  // esbuild sorts them by their paths.
  const errors = isFailure(error) ? error.errors.toSorted((a, b) => far(a, folder) - far(b, folder)) : [];
  const [first, ...more] = errors;
  const message = first === undefined ? `module: ${(error as Error).message}` : lineOf(first, folder);
  return configError(message, {
    platform: 'wos',
    operation: 'spawn',
    field: 'module',
    hint: more.length > 0 ? `There are ${more.length} more errors like this` : undefined,
    cause: error,
  });
}
