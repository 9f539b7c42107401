import { OutOfMemory, QuickJsCore } from './quickjs-core.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** QuickJS with what a script and the kernel give each other: texts, bytes, numbers, functions. */
export class QuickJs extends QuickJsCore {
  newString(text: string): number {
    return this.with(encoder.encode(text), (address, length) => this.now('qjs_new_string', address, length));
  }

  newBytes(bytes: Uint8Array): number {
    return this.with(bytes, (address, length) => this.now('qjs_new_uint8_array', address, length));
  }

  /** The UTF-8 bytes of a text: a copy. Nothing for what is no text: turning it into one could run code of the script. */
  utf8(value: number): Uint8Array {
    return this.now('qjs_is_string', value) ? this.#convert(value) : new Uint8Array(0);
  }

  /** Any value as a text, such as an error: only before code of the script has run. */
  describe(value: number): string {
    return decoder.decode(this.#convert(value));
  }

  #convert(value: number): Uint8Array {
    const text = this.now('qjs_get_string_len', value, this.scratch);
    if (text === 0) throw new OutOfMemory('The memory of the process is used up');
    const bytes = this.memory.bytes(text, this.memory.readU32(this.scratch)).slice();
    this.now('qjs_free_cstring', text);
    return bytes;
  }

  text(value: number): string {
    return decoder.decode(this.utf8(value));
  }

  /** The bytes of a Uint8Array: a copy. `undefined`: it is something else. */
  bytes(value: number): Uint8Array | undefined {
    const at = this.scratch;
    const buffer = this.now('qjs_get_typed_array_buffer', value, at, at + 4, at + 8);
    if (buffer === 0 || this.now('qjs_is_exception', buffer)) {
      this.free(this.now('qjs_get_exception'));
      return undefined;
    }
    const [offset, length] = [this.memory.readU32(at), this.memory.readU32(at + 4)];
    const data = this.now('qjs_get_array_buffer', buffer, at + 12);
    this.free(buffer);
    return data === 0 ? new Uint8Array(0) : this.memory.bytes(data + offset, length).slice();
  }

  number(value: number): number {
    return this.now('qjs_get_float64', value);
  }

  isException(value: number): boolean {
    return value === 0 || this.now('qjs_is_exception', value) !== 0;
  }

  keep(value: number): number {
    return this.now('qjs_dup_value', value);
  }

  free(value: number): void {
    if (value !== 0) this.now('qjs_free_value', value);
  }

  /** Calls a function of the script with one value, which is freed. @returns what it returned */
  async call(callee: number, value: number): Promise<number> {
    const list = this.allocate(4);
    this.memory.writeU32(list, value);
    const result = await this.run('qjs_call', callee, this.undefined, 1, list);
    this.now('wasm_free', list);
    this.free(value);
    return result;
  }

  evaluate(text: string, name: string, flags: number): Promise<number> {
    return this.with(encoder.encode(text), (code, length) =>
      this.with(encoder.encode(name), (file) => this.run('qjs_eval', code, length, file, flags)),
    );
  }

  get version(): string {
    const at = this.now('qjs_get_quickjs_version');
    let end = at;
    while (this.memory.readU8(end) !== 0) end++;
    return decoder.decode(this.memory.bytes(at, end - at).slice());
  }

  setGlobalFunction(name: string): void {
    const made = this.with(encoder.encode(name), (at, length) =>
      this.now('qjs_new_host_function', at, length, 0),
    );
    const global = this.now('qjs_get_global');
    this.with(encoder.encode(name), (at) => this.now('qjs_set_prop_string', global, at, made));
    this.free(made);
    this.free(global);
  }
}
