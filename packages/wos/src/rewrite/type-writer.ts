import { Cursor } from './cursor.ts';
import { Writer } from './writer.ts';

/** The types of a module, to which others are added as they are needed. */
export class TypeWriter {
  readonly #entries: Uint8Array;
  readonly #count: number;
  readonly #added = new Map<string, number>();
  readonly #out = new Writer();

  constructor(section: Uint8Array | undefined, count: number) {
    const cursor = new Cursor(section ?? new Uint8Array(1));
    cursor.skipNumber();
    this.#entries = cursor.bytes.subarray(cursor.position);
    this.#count = count;
  }

  /** The number of the type parameters -> results. */
  type(results: Uint8Array, parameters: Uint8Array = new Uint8Array(0)): number {
    const key = `${parameters.join()}:${results.join()}`;
    const known = this.#added.get(key);
    if (known !== undefined) return known;
    const index = this.#count + this.#added.size;
    this.#added.set(key, index);
    this.#out.byte(0x60);
    this.#out.sized(parameters);
    this.#out.sized(results);
    return index;
  }

  section(): Writer {
    const section = new Writer(this.#entries.length + this.#out.length + 8);
    section.u32(this.#count + this.#added.size);
    section.raw(this.#entries);
    section.raw(this.#out.written);
    return section;
  }
}
