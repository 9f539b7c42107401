import { fileURLToPath } from 'node:url';

/** Node's modules that a script can import, and by what they are replaced. */
const shims: Readonly<Record<string, GuestFile>> = {
  timers: 'timers-module',
  'timers/promises': 'timers-promises',
  'fs/promises': 'fs-promises',
};

/** Packages of which a daemon needs a function; all of them would be many times larger than most daemons. */
const own: Readonly<Record<string, GuestFile>> = { duende: 'core-module', '@duende/core': 'core-module' };

/** Names as they are imported, for messages. */
export const availableBuiltins = Object.keys(shims).map((name) => `node:${name}`);

export type GuestFile = 'main' | 'timers-module' | 'timers-promises' | 'fs-promises' | 'core-module';

/** A file of the host inside scripts: the source in this repository's tests, beside the bundle in the package. */
export function guestFile(name: GuestFile): string {
  const isSource = import.meta.url.endsWith('.ts');
  const path = isSource ? `../guest/${name}.ts` : `./js/guest/${name}.js`;
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The file that stands for one of Node's modules or for one of our packages, if there is one. */
export function shimOf(name: string): string | undefined {
  const shim = own[name] ?? shims[name.replace(/^node:/, '')];
  return shim === undefined ? undefined : guestFile(shim);
}
