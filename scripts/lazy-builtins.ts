import { isBuiltin } from 'node:module';

/** The part of esbuild's plugin interface that is used here. */
interface Build {
  onResolve(
    filter: { filter: RegExp },
    resolve: (found: { path: string; kind: string }) => { path: string; namespace: string } | undefined,
  ): void;
  onLoad(
    filter: { filter: RegExp; namespace: string },
    load: (found: { path: string }) => { contents: string; loader: 'js' },
  ): void;
}

/**
 * An esbuild plugin: `import { readFileSync } from 'node:fs'` gets the function when it is first used. A real import of
 * node:fs evaluates all of its exports, `fs.promises` among them, which loads Node's streams and readline: 3 ms of a
 * program that may take 13. node:child_process costs 2 ms, node:util 1 ms. Dynamic imports are left alone.
 */
export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(build: Build): void {
    build.onResolve({ filter: /./ }, ({ path, kind }) => {
      if (!isBuiltin(path) || kind === 'dynamic-import') return undefined;
      return { path: path.replace(/^node:/, ''), namespace: 'lazy-builtin' };
    });
    build.onLoad({ filter: /./, namespace: 'lazy-builtin' }, ({ path }) => {
      const names = Object.getOwnPropertyNames(process.getBuiltinModule(path));
      const get = `get: () => process.getBuiltinModule(${JSON.stringify(path)})[name]`;
      return {
        contents: `for (const name of ${JSON.stringify(names)}) Object.defineProperty(exports, name, { enumerable: true, ${get} });`,
        loader: 'js',
      };
    });
  },
};
