import { join } from 'node:path';
import { type FileIdentity, identityKey, isSettled } from './identity.ts';
import type { Library } from './loader-output.ts';
import { readPrivate, writePrivate } from './private-file.ts';

/** A library, and the identity of the file that it was. */
export interface KnownLibrary extends Library {
  readonly identity: string;
}

interface Content {
  /** SHA-256, by identity. */
  digests: Map<string, string>;
  /** By everything that the loader's answer depends on. */
  libraries: Map<string, readonly KnownLibrary[]>;
}

const version = 1;
/** So many of each are kept, the newest ones. */
const maxEntries = 4096;

const isLibrary = (value: KnownLibrary): boolean =>
  [value?.name, value?.path, value?.identity].every((text) => typeof text === 'string');

/** What a cache file holds; nothing when it is missing, damaged, or could have been written by somebody else. */
function load(path: string): Content {
  const content: Content = { digests: new Map(), libraries: new Map() };
  try {
    const found = JSON.parse(String(readPrivate(path)));
    if (found?.version !== version) return content;
    for (const [key, digest] of Object.entries(found.digests)) {
      if (typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest)) content.digests.set(key, digest);
    }
    for (const [key, list] of Object.entries(found.libraries)) {
      if (Array.isArray(list) && list.every(isLibrary)) content.libraries.set(key, list);
    }
  } catch {
    // Only a cache: what is not in it is found out again.
  }
  return content;
}

const newest = <T>(map: Map<string, T>): Record<string, T> => Object.fromEntries([...map].slice(-maxEntries));

/** Remembers the digests of files and the answers of loaders in one small file. Without a folder it remembers nothing. */
export class ImageCache {
  readonly #directory: string | undefined;
  readonly #content: Content;
  readonly #changes: ((content: Content) => void)[] = [];

  constructor(directory: string | undefined) {
    this.#directory = directory;
    this.#content = load(this.#path);
  }

  get #path(): string {
    return join(this.#directory ?? '', 'images.json');
  }

  digest(identity: FileIdentity): string | undefined {
    return this.#content.digests.get(identityKey(identity));
  }

  setDigest(identity: FileIdentity, digest: string): void {
    if (isSettled(identity)) this.#change(({ digests }) => digests.set(identityKey(identity), digest));
  }

  /** Takes back a digest that turned out to be wrong. */
  forget(identity: FileIdentity): void {
    this.#change(({ digests }) => digests.delete(identityKey(identity)));
  }

  libraries(key: string): readonly KnownLibrary[] | undefined {
    return this.#content.libraries.get(key);
  }

  setLibraries(key: string, list: readonly KnownLibrary[]): void {
    this.#change(({ libraries }) => libraries.set(key, list));
  }

  #change(change: (content: Content) => void): void {
    change(this.#content);
    this.#changes.push(change);
  }

  /**
   * Writes what has changed, on top of what others have written meanwhile. Readers see the old file or the new one. When it
   * cannot be written (a full disk, a read-only folder) images are made all the same, only slower.
   */
  async save(): Promise<void> {
    if (this.#directory === undefined || this.#changes.length === 0) return;
    try {
      const content = load(this.#path);
      for (const change of this.#changes.splice(0)) change(content);
      const text = { version, digests: newest(content.digests), libraries: newest(content.libraries) };
      await writePrivate(this.#path, JSON.stringify(text));
    } catch {
      // As above.
    }
  }
}
