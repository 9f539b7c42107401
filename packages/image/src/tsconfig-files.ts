import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { ancestors } from './ancestors.ts';

/** Settings by which an import may be looked for in any folder. */
const remaps = /"(?:paths|baseUrl)"\s*:/;
const extensions = /"extends"\s*:\s*("(?:[^"\\\n]|\\.)*"|\[[^\]]*\])/g;

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** What `extends` may mean, in `folder`: a file, without .json, or a package. */
function candidates(name: string, folder: string): string[] {
  const isPath = /^(\.{0,2}\/|\.{1,2}$)/.test(name);
  const bases = isPath ? [folder] : ancestors(folder).map((above) => posix.join(above, 'node_modules'));
  return bases
    .map((base) => posix.resolve(base, name))
    .flatMap((path) => [path, `${path}.json`, `${path}/tsconfig.json`]);
}

/** Every string after an `extends`; those in comments do no harm. `undefined` for what cannot be read. */
function extended(text: string): string[] | undefined {
  try {
    return [...text.matchAll(extensions)].flatMap(([, value = '']) => JSON.parse(value));
  } catch {
    return undefined;
  }
}

/**
 * Adds the files that a tsconfig.json extends, and those that it would extend if they were there. False when it cannot be told
 * what imports depend on: there are `paths`, or something is extended that is not found.
 */
export function addExtended(file: string, paths: Set<string>): boolean {
  const text = textOf(file);
  if (text === undefined) return true;
  const names = remaps.test(text) ? undefined : extended(text);
  if (names === undefined) return false;
  for (const name of names) {
    const found = candidates(name, posix.dirname(file));
    const files = found.filter((path) => textOf(path) !== undefined);
    if (files.length === 0) return false;
    for (const path of found) {
      if (paths.has(path)) continue;
      paths.add(path);
      if (!addExtended(path, paths)) return false;
    }
  }
  return true;
}
