import { basename } from 'node:path';
import { configError } from '@duende/core/contract';

const longest = 80;

/** @throws PlatformError Config / invalid-setting */
export function checkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) && name.length <= longest && !name.includes('..')) return;
  const shown = JSON.stringify(name.slice(0, longest));
  throw configError(
    `name: expected 1 to ${longest} letters, digits, "_", "." or "-", beginning with a letter or digit, got ${shown}`,
    { platform: 'wos', operation: 'spawn', field: 'name' },
  );
}

/** Pure: one that is free, made from the name of the module's file. */
export function nameOf(module: string, isTaken: (name: string) => boolean): string {
  const stem = basename(module)
    .replace(/\.wasm$/, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, longest - 12);
  const name = stem === '' ? 'process' : stem;
  if (!isTaken(name)) return name;
  for (let count = 2; ; count++) if (!isTaken(`${name}-${count}`)) return `${name}-${count}`;
}

/** Pure: `web` also names `duende-web`, which is what Duende calls its daemon `web`. */
export const isNamed = (name: string, wanted: string): boolean =>
  name === wanted || name === `duende-${wanted}`;
