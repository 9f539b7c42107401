/** The least of WASI that a program needs which computes and prints. */
export class TinyWasi {
  readonly imports: Record<string, Record<string, unknown>> = {};
  stdout = '';
  #memory: WebAssembly.Memory | undefined;

  /** @param bytes the module, all of whose imports are there: those that it does not need say 8, bad file descriptor */
  constructor(bytes: Uint8Array, args: readonly string[]) {
    const data = Buffer.from(args.map((arg) => `${arg}\0`).join(''));
    const view = () => new DataView((this.#memory as WebAssembly.Memory).buffer);
    const pair = (first: number, second: number, a: number, b: number) => {
      view().setUint32(first, a, true);
      view().setUint32(second, b, true);
      return 0;
    };
    const calls = {
      args_sizes_get: (count: number, size: number) => pair(count, size, args.length, data.length),
      args_get: (pointers: number, buffer: number) => {
        let at = buffer;
        for (const [index, arg] of args.entries()) {
          view().setUint32(pointers + index * 4, at, true);
          at += Buffer.byteLength(arg) + 1;
        }
        new Uint8Array(view().buffer).set(data, buffer);
        return 0;
      },
      environ_sizes_get: (count: number, size: number) => pair(count, size, 0, 0),
      environ_get: () => 0,
      fd_write: (_: number, vectors: number, count: number, written: number) => {
        let total = 0;
        for (let index = 0; index < count; index++) {
          const length = view().getUint32(vectors + index * 8 + 4, true);
          const bytes = Buffer.from(view().buffer, view().getUint32(vectors + index * 8, true), length);
          this.stdout += bytes.toString();
          total += length;
        }
        view().setUint32(written, total, true);
        return 0;
      },
      proc_exit: (code: number) => {
        throw new Error(`exit ${code}`);
      },
    };
    for (const { module, name } of WebAssembly.Module.imports(new WebAssembly.Module(bytes))) {
      this.imports[module] ??= {};
      this.imports[module][name] = Reflect.get(calls, name) ?? (() => 8);
    }
  }

  attach(instance: WebAssembly.Instance): void {
    this.#memory = instance.exports.memory as WebAssembly.Memory;
  }
}
