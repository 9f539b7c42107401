import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleScript, common, type ScriptBundle } from './bundle-script.ts';
import { guestFile } from './targets.ts';

/** A bundle, and what its files were. */
interface Kept extends ScriptBundle {
  /** SHA-256 of the content of all inputs, in their order. */
  readonly digest: string;
}

/** Raised whenever the same files give another bundle for a reason that is not in `common`. */
const version = 1;

const sha256 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** `undefined`: one of them is not there any more. */
async function digestOf(inputs: readonly string[]): Promise<string | undefined> {
  try {
    return sha256(...(await Promise.all(inputs.map((file) => readFile(file)))));
  } catch {
    return undefined;
  }
}

const inProcess = new Map<string, Kept>();
/** Bundles that this process keeps. */
const mostKept = 50;

/** The name of the entry of a module: everything but its files that its bundle depends on. */
const entryOf = (module: string): string =>
  sha256(JSON.stringify([version, module, guestFile('main'), common]));

async function load(path: string): Promise<Kept | undefined> {
  try {
    const [digest, ...rest] = (await readFile(path, 'utf8')).split('\n');
    const body = rest.join('\n');
    return digest === sha256(body) ? (JSON.parse(body) as Kept) : undefined;
  } catch {
    // Missing or damaged: it is made again.
    return undefined;
  }
}

async function keep(folder: string, path: string, kept: Kept): Promise<void> {
  const body = JSON.stringify(kept);
  const temporary = join(folder, `.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${sha256(body)}\n${body}`, { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  } catch {
    // Only a cache.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/**
 * The bundle of a module: the one that was kept, as long as the files of which it was made have the same content, else a new one.
 * A file that was added since, and would be found before one of those, is not noticed.
 * @throws PlatformError as `bundleScript`
 */
export async function findBundle(module: string, folder: string | undefined): Promise<ScriptBundle> {
  const entry = entryOf(module);
  const path = folder === undefined ? undefined : join(folder, `script-${entry}.json`);
  const known = inProcess.get(entry) ?? (path === undefined ? undefined : await load(path));
  if (known && known.digest === (await digestOf(known.inputs))) return known;
  const bundle = await bundleScript(module);
  const digest = await digestOf(bundle.inputs);
  if (digest === undefined) return bundle;
  const kept = { ...bundle, digest };
  inProcess.delete(entry);
  inProcess.set(entry, kept);
  for (const oldest of inProcess.keys()) {
    if (inProcess.size <= mostKept) break;
    inProcess.delete(oldest);
  }
  if (folder !== undefined && path !== undefined) await keep(folder, path, kept);
  return kept;
}
