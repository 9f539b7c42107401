import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { Metafile } from 'esbuild';
import { ancestors } from './ancestors.ts';
import { entryName } from './bundle-problems.ts';
import { statOf } from './evidence.ts';
import { addExtended } from './tsconfig-files.ts';

/** What says in any folder above a file how it is read, and where its imports are. */
const settings = [
  'package.json',
  'tsconfig.json',
  'jsconfig.json',
  'node_modules',
  '.pnp.cjs',
  '.pnp.js',
  '.pnp.data.json',
];

const isFolder = (path: string): boolean => statOf(path)?.isDirectory() === true;
const withoutQuery = (path: string): string => path.replace(/[?#].*$/s, '');

/** Collects paths for one bundle. */
class Dependencies {
  readonly paths = new Set<string>();
  /** False when something was met of which not all paths are known. */
  isComplete = true;
  readonly #folders = new Set<string>();

  /** An input: the file, its folder, and everything above. */
  file(path: string): void {
    this.paths.add(path);
    const above = ancestors(posix.dirname(path));
    // A new file in any folder of the package may be what an import finds first; without a package, in the file's own.
    const root = above.findIndex((folder) => existsSync(`${folder}/package.json`));
    for (const folder of above.slice(0, Math.max(root, 0) + 1)) this.paths.add(folder);
    for (const folder of above) this.#settings(folder);
  }

  #settings(folder: string): void {
    if (this.#folders.has(folder)) return;
    this.#folders.add(folder);
    for (const name of settings) this.paths.add(posix.join(folder, name));
    const modules = posix.join(folder, 'node_modules');
    // Packages come and go in @scope, too, which does not touch node_modules itself.
    for (const name of isFolder(modules) ? readdirSync(modules) : []) {
      if (name.startsWith('@')) this.paths.add(`${modules}/${name}`);
    }
    // esbuild does not look at those of packages.
    if (/\/node_modules(\/|$)/.test(folder)) return;
    for (const name of ['tsconfig.json', 'jsconfig.json']) {
      if (!addExtended(posix.join(folder, name), this.paths)) this.isComplete = false;
    }
  }

  /** An import of a file in `folder`, as it is written. */
  import(name: string, folder: string): void {
    // A pattern, which stands for `import('./' + name)`: which folders it goes through is not known.
    if (name.includes('*')) this.isComplete = false;
    if (/^(#|[a-z]+:)/i.test(name) || isBuiltin(name)) return;
    const path = withoutQuery(name);
    const isPath = /^(\.{0,2}\/|\.{1,2}$)/.test(path);
    for (const base of isPath
      ? [folder]
      : ancestors(folder).map((above) => posix.join(above, 'node_modules'))) {
      if (isPath || isFolder(base)) this.#target(posix.resolve(base, path));
    }
  }

  /** Where an import may lead: `path`, `path` with an extension, or what the package.json or index of the folder `path` says. */
  #target(path: string): void {
    this.paths.add(posix.dirname(path));
    if (!isFolder(path)) return;
    this.paths.add(path);
    this.paths.add(posix.join(path, 'package.json'));
  }
}

/** Inputs that are no files: our own modules, and `data:` addresses. */
const isMade = (key: string): boolean => key === entryName || /^(<|duende:|dataurl:)/.test(key);

function fileOf(key: string, folder: string): string | undefined {
  const path = posix.resolve(folder, key);
  return [path, withoutQuery(path)].find(existsSync);
}

/**
 * Every file and folder of this host on which the result of a build depends, whether it is there or not. `undefined` when not
 * all of them are known. `folder`: where esbuild has worked.
 */
export function dependencies(inputs: Metafile['inputs'], folder: string): ReadonlySet<string> | undefined {
  const found = new Dependencies();
  for (const [key, { imports }] of Object.entries(inputs)) {
    const file = fileOf(key, folder);
    if (file === undefined) {
      if (isMade(key)) continue;
      return undefined;
    }
    // The module itself may have been named by a link.
    for (const path of new Set([file, realpathSync(file)])) {
      found.file(path);
      for (const { original, path: name } of imports) found.import(original ?? name, posix.dirname(path));
    }
  }
  return found.isComplete ? found.paths : undefined;
}
