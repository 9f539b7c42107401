import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { PlatformError } from '@duende/core/contract';
import { scriptImportNames } from '../js/engine/import-names.ts';
import { wasiCalls } from '../wasi/index.ts';
import { Compiler } from './compiler.ts';
import { wosCallNames } from './wos-call-names.ts';

/** A module that was rewritten and compiled: spawning it takes no reading any more. */
export interface LoadedModule {
  readonly id: number;
  /** SHA-256 of its bytes, in hex. */
  readonly hash: string;
}

export interface StoredModule extends LoadedModule {
  readonly module: WebAssembly.Module;
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
   * @param forget called when a module is not kept any more
   */
  constructor(cache: string | undefined, forget: (id: number) => void) {
    this.#compiler = new Compiler(cache);
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
      throw failed(
        'not-found',
        `The loaded module ${source.hash.slice(0, 12)} is not kept any more: load it again`,
      );
    }
    const bytes = typeof source === 'string' ? await this.#read(source) : source;
    return this.#load(bytes, createHash('sha256').update(bytes).digest('hex'), memoryMax, kind);
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
    if (kind === 'program' && !compiled.hasStart)
      throw failed('exec-failed', 'The module exports no function _start: it is a library, not a program');
    for (const { module, name, kind: what } of compiled.imports) {
      if (what !== 'function') {
        throw failed(
          'exec-failed',
          `The module imports the ${what} ${module}.${name}: processes have their own`,
        );
      }
      if (kind === 'script' && module === 'env' && scriptImportNames.has(name)) continue;
      if (
        module === 'wasi_snapshot_preview1' ? name in wasiCalls : module === 'wos' && wosCallNames.has(name)
      )
        continue;
      throw failed('exec-failed', `The module imports ${module}.${name}, which the kernel does not have`);
    }
    const id = this.#nextId++;
    this.#byId.set(id, bytes);
    return { id, hash, module: compiled.module };
  }

  /** A module is going to be asked for. */
  prepare(): void {
    this.#compiler.prepare();
  }

  close(): Promise<void> {
    return this.#compiler.close();
  }
}

function failed(reason: 'not-found' | 'exec-failed', message: string, cause?: unknown): PlatformError {
  return new PlatformError('SpawnFailed', message, { reason, platform: 'wos', operation: 'spawn', cause });
}
