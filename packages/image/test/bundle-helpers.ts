import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleModule } from '../src/index.ts';
import { sha256 } from '../src/source.ts';
import { platform } from './helpers.ts';

/** Writes files below a folder, by their relative paths. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export const indexFile = (cache: string): string => join(cache, 'bundles.json');
export const bundleFile = (cache: string, text: string): string => join(cache, `bundle-${sha256(text)}.mjs`);

function readIndex(cache: string) {
  try {
    return JSON.parse(readFileSync(indexFile(cache), 'utf8'));
  } catch {
    return undefined;
  }
}

export const entryOf = (cache: string, module: string) => readIndex(cache)?.bundles?.[module];

export const bundle = (module: string, cacheDirectory?: string): Promise<string> =>
  bundleModule({ module, platform, ...(cacheDirectory !== undefined && { cacheDirectory }) });

/** Bundles a module until its files are old enough for the cache. */
export async function bundleAndKeep(module: string, cache: string): Promise<string> {
  const end = Date.now() + 20_000;
  for (;;) {
    const text = await bundle(module, cache);
    if (entryOf(cache, module)?.digest === sha256(text)) return text;
    if (Date.now() > end) throw new Error(`${module} has not come into the cache`);
    await sleep(250);
  }
}

/** What the cache says from now on: whoever gets this has not made the bundle again. */
export const marker = '// from the cache\n';

export function plantMarker(cache: string, module: string): void {
  const index = readIndex(cache);
  index.bundles[module].digest = sha256(marker);
  writeFileSync(bundleFile(cache, marker), marker, { mode: 0o600 });
  writeFileSync(indexFile(cache), JSON.stringify(index));
}
