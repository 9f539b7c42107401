import { host, hostText } from './host.ts';

function bytesOf(input: unknown): Uint8Array {
  if (input === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  throw new TypeError('The "input" argument must be an instance of ArrayBuffer or ArrayBufferView');
}

export class WosTextEncoder {
  readonly encoding = 'utf-8';
  encode(text = ''): Uint8Array {
    return host('encode', String(text)) as Uint8Array;
  }
  encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    for (const character of String(text)) {
      const bytes = this.encode(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

/** How many bytes at the end are a character that is not whole yet. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

export class WosTextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  #rest = new Uint8Array(0);
  #begun = false;

  constructor(label = 'utf-8', options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    this.fatal = options.fatal === true;
    this.ignoreBOM = options.ignoreBOM === true;
    try {
      this.encoding = hostText('decoder', String(label));
    } catch (error) {
      throw new RangeError((error as Error).message);
    }
  }

  decode(input?: unknown, { stream = false }: { stream?: boolean } = {}): string {
    let bytes = bytesOf(input);
    if (stream && this.encoding !== 'utf-8')
      throw new TypeError('Only utf-8 can be decoded as a stream here');
    if (this.#rest.length > 0) {
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      bytes = joined;
    }
    const keep = stream ? unfinished(bytes) : 0;
    this.#rest = bytes.slice(bytes.length - keep);
    // A byte order mark is one only at the beginning.
    const ignore = this.ignoreBOM || this.#begun;
    this.#begun = stream && (this.#begun || bytes.length > keep);
    return hostText(
      'decode',
      bytes.slice(0, bytes.length - keep),
      this.encoding,
      this.fatal ? 1 : 0,
      ignore ? 1 : 0,
    );
  }
}
