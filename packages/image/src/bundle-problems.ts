import { resolve } from 'node:path';
import { configError, type Platform, type PlatformError } from '@duende/core/contract';
import type { BuildFailure, Message, Plugin } from 'esbuild';

/** The module that the bundle begins with. */
export const entryName = 'duende-entry.js';

/** Packages that look for a native add-on at run time, where a bundler does not see it. */
const addonFinders = /^(bindings|node-gyp-build(-optional-packages)?|@mapbox\/node-pre-gyp|pkg-prebuilds)$/;

const native = (path: string): string =>
  `${path} is a native add-on, which cannot be put into a bundle; give an image of your own`;

/** Refuses what would be missing when the bundle runs. esbuild adds the place of the import. */
export const refuseUnbundlable: Plugin = {
  name: 'duende-refuse',
  setup({ onResolve, onLoad }) {
    const refuse = (text: string) => ({ errors: [{ text }] });
    onResolve({ filter: addonFinders }, ({ path }) =>
      refuse(`${path} loads a native add-on, which cannot be put into a bundle; give an image of your own`),
    );
    onResolve({ filter: /\.node$/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : refuse(native(path)),
    );
    // One that a package.json has led to.
    onLoad({ filter: /\.node$/ }, ({ path }) => refuse(native(path)));
    // esbuild would leave these for the browser to load.
    onResolve({ filter: /^(https?:)?\/\// }, ({ path }) =>
      refuse(`${path} is a web address, which cannot be put into a bundle`),
    );
  },
};

const isFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);

/** `file:line: message`. */
function lineOf({ location, text }: Message, folder: string): string {
  // Of the entry the user knows nothing.
  if (location === null || location.file === entryName) return `module: ${text}`;
  const place = `${resolve(folder, location.file)}:${location.line}`;
  return `${place}: ${text}`.replace(/\s*[\r\n]+\s*/g, ' ');
}

/** The first problem of a build that has failed. */
export function bundleError(error: unknown, folder: string, platform: Platform): PlatformError {
  const [first, ...more] = isFailure(error) ? error.errors : [];
  const message = first === undefined ? `module: ${(error as Error).message}` : lineOf(first, folder);
  return configError(message, {
    platform,
    operation: 'spawn',
    field: 'module',
    hint: more.length > 0 ? `There are ${more.length} more errors like this` : undefined,
    cause: error,
  });
}
