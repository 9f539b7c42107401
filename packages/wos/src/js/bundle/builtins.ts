import { isBuiltin } from 'node:module';
import { relative, resolve } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';
import { availableBuiltins, shimOf } from './targets.ts';

export const refusal = (name: string): string =>
  `${name} is a module of Node, which a WebAssembly process does not have (it has ${availableBuiltins.join(', ')})`;

/** An import of one of Node's modules. */
export interface BuiltinImport {
  readonly name: string;
  readonly importer: string;
}

/**
 * Replaces Node's modules that a script has, and leaves the others out as long as nothing uses them: a daemon may import one
 * function of a package whose other functions need Node. What is still imported in the end is found by `usedBuiltins`.
 */
export function builtins(refused: readonly BuiltinImport[] = []): Plugin {
  return {
    name: 'wos-builtins',
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ path, importer, kind }) => {
        const shim = kind === 'entry-point' ? undefined : shimOf(path);
        if (shim !== undefined) return { path: shim };
        if (!isBuiltin(path)) return undefined;
        if (refused.some(({ name, importer: from }) => name === path && from === importer)) {
          return { errors: [{ text: refusal(path) }] };
        }
        return { path, external: true, sideEffects: false };
      });
    },
  };
}

/** Imports of Node's modules that are left in the bundle, of files that contribute to it. */
export function usedBuiltins({ inputs, outputs }: Metafile, folder: string): BuiltinImport[] {
  const output = Object.entries(outputs).find(([file]) => file.endsWith('.js'))?.[1];
  const left = new Set(output?.imports.filter(({ external }) => external).map(({ path }) => path));
  const contributes = (file: string) => (output?.inputs[file]?.bytesInOutput ?? 0) > 0;
  return Object.entries(inputs)
    .filter(([file]) => contributes(file))
    .flatMap(([file, { imports }]) =>
      imports
        .filter(({ path, external }) => external && left.has(path))
        .map(({ path }) => ({ name: path, importer: resolve(folder, file) })),
    );
}

/** For sorting: files of the daemon itself come before those of packages, which they have named. */
export const distance = (file: string, folder: string): number =>
  (file.includes('/node_modules/') ? 1000 : 0) + relative(folder, file).split('/').length;
