import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { PlatformError } from '@duende/core/contract';
import { Compiler } from './compiler.ts';
import { checkModule } from './module-check.ts';

/** A module that was rewritten and compiled: spawning it takes no reading any more. */
export interface LoadedModule {
  readonly id: number;
  /** SHA-256 of its bytes, in hex. */
  readonly hash: string;
}

export interface StoredModule extends LoadedModule {
  /** Compiled; for an OS process of its own it is not. */
  readonly module: WebAssembly.Module | undefined;
  /** What it is made from, where it is not compiled yet. */
  readonly bytes: Uint8Array | undefined;
}

/** A program begins with `_start`; a script is run by QuickJS, a module with imports of its own. */
export type ModuleKind = 'program' | 'script';

/** Modules that are kept compiled. */
const mostModules = 64;

/** Compiled modules by content and memory limit. The least recently used go first. */
export class ModuleStore {
  readonly #compiler: Compiler;
  readonly #byKey = new Map<string, Promise<StoredModule>>();
  readonly #byId = new Map<number, Uint8Array>();
  readonly #forget: (id: number) => void;
  #nextId = 1;

  /**
   * @param cache folder of rewritten modules
   * @param isIdle whether the kernel has no process
   * @param forget called when a module is not kept any more
   */
  constructor(cache: string | undefined, isIdle: () => boolean, forget: (id: number) => void) {
    this.#compiler = new Compiler(cache, isIdle);
    this.#forget = forget;
  }

  /** @throws PlatformError SpawnFailed: not-found, exec-failed */
  async get(
    source: string | Uint8Array | LoadedModule,
    memoryMax: number,
    kind: ModuleKind = 'program',
  ): Promise<StoredModule> {
    if (typeof source === 'object' && !(source instanceof Uint8Array)) {
      const bytes = this.#byId.get(source.id);
      const known = this.#byKey.get(`${source.hash} ${memoryMax} ${kind}`);
      if (known) return known;
      if (bytes) return this.#load(bytes, source.hash, memoryMax, kind);
      throw notKept(source.hash);
    }
    const bytes = typeof source === 'string' ? await this.#read(source) : source;
    return this.#load(bytes, hashOf(bytes), memoryMax, kind);
  }

  /** What another OS process compiles. @throws PlatformError SpawnFailed: not-found, exec-failed */
  async source(source: string | Uint8Array | LoadedModule): Promise<StoredModule> {
    if (typeof source === 'string' || source instanceof Uint8Array) {
      const bytes = typeof source === 'string' ? await this.#read(source) : source;
      return { id: 0, hash: hashOf(bytes), module: undefined, bytes };
    }
    const bytes = this.#byId.get(source.id);
    if (bytes === undefined) throw notKept(source.hash);
    return { id: 0, hash: source.hash, module: undefined, bytes };
  }

  /** One that a process runs, which may not be kept any more. */
  async renew(stored: StoredModule, memoryMax: number): Promise<StoredModule> {
    const key = `${stored.hash} ${memoryMax} program`;
    const known = this.#byKey.get(key);
    this.#byKey.delete(key);
    this.#byKey.set(key, known ?? Promise.resolve(stored));
    this.#evict();
    return (await known) ?? stored;
  }

  async #read(path: string): Promise<Uint8Array> {
    try {
      // A FIFO or a device would never end.
      if (!(await stat(path)).isFile()) throw new Error('it is not a file');
      return await readFile(path);
    } catch (error) {
      const isMissing = (error as { code?: string }).code === 'ENOENT';
      throw failed(
        isMissing ? 'not-found' : 'exec-failed',
        `The module ${path} cannot be read: ${(error as Error).message}`,
        error,
      );
    }
  }

  #load(bytes: Uint8Array, hash: string, memoryMax: number, kind: ModuleKind): Promise<StoredModule> {
    const key = `${hash} ${memoryMax} ${kind}`;
    const known = this.#byKey.get(key);
    if (known) {
      this.#byKey.delete(key);
      this.#byKey.set(key, known);
      return known;
    }
    const loading = this.#compile(bytes, hash, memoryMax, kind);
    this.#byKey.set(key, loading);
    loading.catch(() => this.#byKey.delete(key));
    this.#evict();
    return loading;
  }

  #evict(): void {
    for (const [key, stored] of this.#byKey) {
      if (this.#byKey.size <= mostModules) return;
      this.#byKey.delete(key);
      stored.then(
        ({ id }) => {
          this.#byId.delete(id);
          this.#forget(id);
        },
        () => {},
      );
    }
  }

  async #compile(
    bytes: Uint8Array,
    hash: string,
    memoryMax: number,
    kind: ModuleKind,
  ): Promise<StoredModule> {
    const compiled = await this.#compiler.compile(bytes, memoryMax).catch((error: Error) => {
      throw failed('exec-failed', error.message, error);
    });
    try {
      checkModule(compiled.imports, compiled.hasStart, kind);
    } catch (error) {
      throw failed('exec-failed', (error as Error).message);
    }
    const id = this.#nextId++;
    this.#byId.set(id, bytes);
    return { id, hash, module: compiled.module, bytes: undefined };
  }

  close(): Promise<void> {
    return this.#compiler.close();
  }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const notKept = (hash: string): PlatformError =>
  failed('not-found', `The loaded module ${hash.slice(0, 12)} is not kept any more: load it again`);

function failed(reason: 'not-found' | 'exec-failed', message: string, cause?: unknown): PlatformError {
  return new PlatformError('SpawnFailed', message, { reason, platform: 'wos', operation: 'spawn', cause });
}
