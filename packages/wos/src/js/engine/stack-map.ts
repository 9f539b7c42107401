import { SourceMap, type SourceMapPayload } from 'node:module';

/** Turns places in the bundle into those in the sources, in stacks that a script writes. */
export class StackMap {
  readonly #name: string;
  readonly #text: string | undefined;
  #map: SourceMap | undefined;

  constructor(name: string, text: string | undefined) {
    this.#name = name;
    this.#text = text;
  }

  /** Whether there may be something to turn. */
  applies(bytes: Uint8Array): boolean {
    return (
      this.#text !== undefined &&
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(`(${this.#name}:`)
    );
  }

  map(bytes: Uint8Array): Uint8Array {
    this.#map ??= new SourceMap(JSON.parse(this.#text as string) as SourceMapPayload);
    const map = this.#map;
    const begin = `(${this.#name}:`;
    const parts = Buffer.from(bytes).toString().split(begin);
    const mapped = parts.slice(1).map((part) => {
      const match = /^(\d+):(\d+)\)/.exec(part);
      if (!match) return begin + part;
      const entry = map.findEntry(Number(match[1]) - 1, Number(match[2]) - 1);
      if (!('originalSource' in entry)) return begin + part;
      const place = `(${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1})`;
      return place + part.slice(match[0].length);
    });
    return Buffer.from([parts[0], ...mapped].join(''));
  }
}
