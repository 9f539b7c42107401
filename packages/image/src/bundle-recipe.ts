import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { sha256 } from './source.ts';

/** How everything is bundled. */
export const common = {
  bundle: true,
  write: false,
  metafile: true,
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
export const banner = `import{createRequire as duendeRequire}from'node:module';const require=duendeRequire(import.meta.url);`;

/** Of a bundle: runs the daemon host with a daemon that does nothing, and nothing of the module. */
export const rehearsal = '--duende-rehearse';

/**
 * What host-main.js of @duende/core does with a file, done with a module of the bundle. The import is not static: the host has
 * to have its signal handlers before any code of the daemon runs, and reports what that code throws.
 */
export function entryText(module: string): string {
  const label = basename(module);
  const options = { name: label.replace(/\.[^.]*$/, ''), label };
  return `
    import { runModule } from 'duende:host';
    const nothing = { [Symbol.for('duende.daemon')]: 1, name: 'rehearsal', run() {} };
    const load = process.argv[2] === '${rehearsal}' ? async () => ({ default: nothing }) : () => import('duende:module');
    await runModule(load, ${JSON.stringify(options)});
  `;
}

/** Raised whenever the same files give another bundle for a reason that is not in `recipeOf`. */
const formatVersion = 1;

const resolve = (name: string): string => createRequire(import.meta.url).resolve(name);
const versionOf = (name: string): unknown =>
  JSON.parse(readFileSync(resolve(`${name}/package.json`), 'utf8')).version;

/** The daemon host of @duende/core, without links: what it is made of is beside it. */
export const hostFile = (): string => realpathSync(resolve('@duende/core/host'));

/** Names everything that a bundle depends on besides the files of which esbuild makes it, without loading esbuild. */
export function recipeOf(module: string): string {
  const versions = ['esbuild', '@duende/core'].map(versionOf);
  const machine = [process.platform, process.arch];
  const parts = [formatVersion, versions, hostFile(), machine, common, banner, entryText(module)];
  return sha256(JSON.stringify(parts));
}
