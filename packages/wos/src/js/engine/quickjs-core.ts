import type { GuestMemory } from '../../wasi/guest-memory.ts';
import { type MemoryImage, takeImage, usedBlocks } from './memory-image.ts';
import type { QuickJsExports, QuickJsFunction } from './quickjs-exports.ts';

/** All that QuickJS is between two calls: its memory, and pointers into that. */
export interface EngineSnapshot {
  readonly memory: MemoryImage;
  readonly stack: number;
  readonly scratch: number;
  readonly undefined: number;
}

const pageBytes = 65_536;

/** More fuel than a call that only copies can use. */
const plenty = 0x3fff_ffff;

/**
 * Bytes of the shadow stack, after which QuickJS throws its own RangeError: about 1,080 calls of functions. Measured: with twice
 * as many V8's own stack is used up first, which ends the process (SIGSEGV); so it does with 10^6 arrays in each other for JSON.
 */
const deepestStack = 262_144;

/** The memory of the process is used up, so that not even a text can be put there. */
export class OutOfMemory extends Error {}

/**
 * QuickJS in the instance of a process. What runs code of the script is called through `run`, which may be suspended; what
 * only copies is called through `now`, from within imports too: it must not be suspended there, and gets fuel that is paid later.
 */
export class QuickJsCore {
  readonly #exports: QuickJsExports;
  readonly #fuel: WebAssembly.Global;
  protected readonly memory: GuestMemory;
  readonly #promising = new Map<QuickJsFunction, (...values: unknown[]) => Promise<unknown>>();
  protected scratch = 0;
  #fresh: Uint8Array = new Uint8Array(0);
  undefined = 0;

  constructor(exports: unknown, fuel: WebAssembly.Global, memory: GuestMemory) {
    this.#exports = exports as QuickJsExports;
    this.#fuel = fuel;
    this.memory = memory;
  }

  /** What a fresh instance needs to go on from here. Only between two calls: nothing of it may be on a stack. */
  snapshot(): EngineSnapshot {
    const { __stack_pointer: stack } = this.#exports;
    return {
      memory: takeImage(this.memory.bytes(0, this.memory.size), this.#fresh),
      stack: stack.value,
      scratch: this.scratch,
      undefined: this.undefined,
    };
  }

  /** Goes on from there. @returns false when the memory of this process cannot be made that large */
  restore({ memory, stack, scratch, undefined: nothing }: EngineSnapshot): boolean {
    const missing = Math.ceil((memory.size - this.memory.size) / pageBytes);
    try {
      if (missing > 0) this.#exports.memory.grow(missing);
    } catch {
      return false;
    }
    for (const { at, bytes } of memory.parts) this.memory.bytes(at, bytes.length).set(bytes);
    this.#exports.__stack_pointer.value = stack;
    this.scratch = scratch;
    this.undefined = nothing;
    return true;
  }

  run(name: QuickJsFunction, ...values: number[]): Promise<number> {
    let call = this.#promising.get(name);
    if (call === undefined) {
      call = WebAssembly.promising(this.#exports[name]);
      this.#promising.set(name, call);
    }
    return call(...values) as Promise<number>;
  }

  now(name: QuickJsFunction, ...values: number[]): number {
    const left = this.#fuel.value;
    this.#fuel.value = plenty;
    try {
      return (this.#exports[name] as (...values: number[]) => number)(...values);
    } finally {
      this.#fuel.value = left - (plenty - this.#fuel.value);
    }
  }

  async begin(): Promise<void> {
    this.#fresh = usedBlocks(this.memory.bytes(0, this.memory.size));
    await this.run('_initialize');
    await this.run('qjs_init');
    this.now('qjs_set_promise_rejection_handler', 1);
    this.now('qjs_set_max_stack_size', deepestStack);
    this.scratch = this.allocate(16);
    this.undefined = this.now('qjs_get_undefined');
  }

  protected allocate(bytes: number): number {
    const address = this.now('wasm_malloc', bytes);
    if (address === 0) throw new OutOfMemory('The memory of the process is used up');
    return address;
  }

  /** Copies bytes into the memory for one call. */
  with<T>(bytes: Uint8Array, use: (address: number, length: number) => T): T {
    // With the NUL that C wants.
    const address = this.allocate(bytes.length + 1);
    const place = this.memory.bytes(address, bytes.length + 1);
    place.set(bytes);
    place[bytes.length] = 0;
    const free = () => this.now('wasm_free', address);
    const result = use(address, bytes.length);
    if (result instanceof Promise) return result.finally(free) as T;
    free();
    return result;
  }
}
