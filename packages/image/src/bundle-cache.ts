import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Evidence, holds } from './evidence.ts';
import { isTemporary, readPrivate, writePrivate } from './private-file.ts';
import { sha256 } from './source.ts';

/** What is known of the bundle of one module. */
interface Entry {
  /** Everything besides files that the bundle depends on. */
  readonly recipe: string;
  /** SHA-256 of the bundle, and the name of its file. */
  readonly digest: string;
  readonly evidence: readonly Evidence[];
}

const version = 1;
/** Bundles that are kept, the newest ones. */
const maxBundles = 50;
/** Milliseconds until a file that is in no index is taken for a leftover; one that is being written is younger. */
const leftoverAge = 60_000;

const indexOf = (folder: string): string => join(folder, 'bundles.json');
const fileOf = (digest: string): string => `bundle-${digest}.mjs`;

/** The entries by the path of their module; none when the index is missing or damaged. */
function load(folder: string): Map<string, Entry> {
  try {
    const found = JSON.parse(String(readPrivate(indexOf(folder))));
    return new Map(found.version === version ? Object.entries<Entry>(found.bundles) : []);
  } catch {
    return new Map();
  }
}

/** The bundle that was kept of a module, if it would be made the same again. */
export function findBundle(folder: string, module: string, recipe: string): string | undefined {
  try {
    const entry = load(folder).get(module);
    if (entry?.recipe !== recipe || !entry.evidence.every(holds)) return undefined;
    const bundle = readPrivate(join(folder, fileOf(entry.digest)));
    // A file that is cut off or was written over is no bundle.
    return bundle && sha256(bundle) === entry.digest ? String(bundle) : undefined;
  } catch {
    // The index is no longer what was written.
    return undefined;
  }
}

/** Keeps the bundle of a module instead of its last one. What cannot be written (a full disk) is made again next time. */
export async function keepBundle(
  folder: string,
  module: string,
  text: string,
  made: Omit<Entry, 'digest'>,
): Promise<void> {
  try {
    const digest = sha256(text);
    // Before the index: whoever finds it there can read it.
    await writePrivate(join(folder, fileOf(digest)), text);
    const entries = load(folder);
    const before = [...entries.values()];
    entries.delete(module);
    entries.set(module, { ...made, digest });
    const kept = [...entries].slice(-maxBundles);
    await writePrivate(indexOf(folder), JSON.stringify({ version, bundles: Object.fromEntries(kept) }));
    const files = new Set(kept.map(([, entry]) => fileOf(entry.digest)));
    await sweep(folder, files, new Set(before.map((entry) => fileOf(entry.digest))));
  } catch {
    // Only a cache.
  }
}

/** Removes the bundles that this process has taken out of the index, and what others have left behind. */
async function sweep(folder: string, kept: ReadonlySet<string>, before: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    if (kept.has(name) || !(/^bundle-[0-9a-f]{64}\.mjs$/.test(name) || isTemporary(name))) continue;
    const path = join(folder, name);
    if (before.has(name) || (await stat(path)).mtimeMs < Date.now() - leftoverAge) {
      await rm(path, { force: true });
    }
  }
}
