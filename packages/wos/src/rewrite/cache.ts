import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEntry, encodeEntry, entryName } from './cache-entry.ts';
import { type RewriteOptions, type RewrittenModule, rewriteModule } from './rewrite-module.ts';

export interface CacheLimits {
  /** Bytes of all entries together. Default 256 MiB. */
  readonly bytes?: number;
  /** Default 256. */
  readonly entries?: number;
}

/** Milliseconds after which something unfinished is the leftover of a process that died. */
const leftoverAge = 600_000;

/**
 * Rewritten modules in a folder, by the hash of what they were made of. Any number of processes may share it: an entry appears complete
 * or not at all. A folder that cannot be written makes it slower, and nothing else.
 */
export class RewriteCache {
  readonly #folder: string;
  readonly #limits: Required<CacheLimits>;
  readonly #underway = new Map<string, Promise<RewrittenModule>>();

  /** @param folder made when the first entry is, for its owner alone */
  constructor(folder: string, limits: CacheLimits = {}) {
    this.#folder = folder;
    this.#limits = { bytes: 256 * 1024 * 1024, entries: 256, ...limits };
  }

  /**
   * The rewritten module, which is made when it is not there or damaged.
   * @throws RewriteError as rewriteModule
   */
  async get(bytes: Uint8Array, options: RewriteOptions = {}): Promise<RewrittenModule> {
    const name = entryName(bytes, options.memoryMax);
    const underway = this.#underway.get(name) ?? this.#find(name, bytes, options);
    this.#underway.set(name, underway);
    try {
      return await underway;
    } finally {
      this.#underway.delete(name);
    }
  }

  async #find(name: string, bytes: Uint8Array, options: RewriteOptions): Promise<RewrittenModule> {
    const path = join(this.#folder, name);
    const entry = await readFile(path).catch(() => undefined);
    const found = entry === undefined ? undefined : decodeEntry(entry);
    if (found !== undefined) {
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      return found;
    }
    const made = rewriteModule(bytes, options);
    await this.#publish(path, made).catch(() => undefined);
    return made;
  }

  async #publish(path: string, made: RewrittenModule): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const temporary = join(this.#folder, `.${randomUUID()}`);
    try {
      await writeFile(temporary, encodeEntry(made), { mode: 0o600 });
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await this.#trim();
  }

  /** Removes what was used longest ago, and leftovers. */
  async #trim(): Promise<void> {
    const entries: { path: string; size: number; time: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) continue;
      if (!name.startsWith('.')) entries.push({ path, size: found.size, time: found.mtimeMs });
      else if (found.mtimeMs < Date.now() - leftoverAge) await rm(path, { force: true });
    }
    entries.sort((a, b) => b.time - a.time);
    let bytes = 0;
    for (const [index, { path, size }] of entries.entries()) {
      bytes += size;
      if (index >= this.#limits.entries || bytes > this.#limits.bytes) await rm(path, { force: true });
    }
  }
}
