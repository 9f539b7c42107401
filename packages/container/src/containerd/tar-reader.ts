import { EngineError } from '../engine/engine-error.ts';

/** One entry of a tar archive. `body` must be read to its end, or left alone, before the next entry is asked for. */
export interface TarEntry {
  readonly name: string;
  readonly type: 'file' | 'link' | 'folder';
  /** Bytes. */
  readonly size: number;
  /** What a hard or symbolic link points to; empty for others. */
  readonly target: string;
  readonly symbolic: boolean;
  readonly body: AsyncIterable<Buffer>;
}

const block = 512;

/** Bytes of a pax or GNU long name record. */
const recordLimit = 1 << 20;

const broken = (why: string): EngineError =>
  new EngineError('invalid', `The image archive is no tar: ${why}`);

/** Takes exact numbers of bytes from a stream of pieces. */
class Source {
  readonly #pieces: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Buffer>) {
    this.#pieces = bytes[Symbol.asyncIterator]();
  }

  /** At most `limit` bytes; empty at the end. */
  async some(limit: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return Buffer.alloc(0);
      this.#rest = value;
    }
    const taken = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  async exactly(size: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = size; left > 0; ) {
      const piece = await this.some(left);
      if (piece.length === 0) throw broken('it ends early');
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  async skip(size: number): Promise<void> {
    for (let left = size; left > 0; ) {
      const piece = await this.some(left);
      if (piece.length === 0) throw broken('it ends early');
      left -= piece.length;
    }
  }

  async end(): Promise<void> {
    await this.#pieces.return?.();
  }
}

function text(header: Buffer, from: number, to: number): string {
  const field = header.subarray(from, to);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? field.length : end).toString('utf8');
}

/** Octal, or binary with the top bit set (GNU, for files of 8 GiB and more). */
function number(header: Buffer, from: number, to: number): number {
  if (((header[from] as number) & 0x80) !== 0) return header.readUIntBE(to - 6, 6);
  const digits = text(header, from, to).trim();
  if (!/^[0-7]*$/.test(digits)) throw broken(`${JSON.stringify(digits)} is no number`);
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function checkSum(header: Buffer): void {
  let sum = 0;
  // The field of the sum itself counts as eight spaces.
  for (let at = 0; at < block; at++) sum += at >= 148 && at < 156 ? 32 : (header[at] as number);
  if (sum !== number(header, 148, 156)) throw broken('a header has a wrong checksum');
}

/** pax(1): `LENGTH KEY=VALUE\n`, the length in bytes and counting itself. */
function parsePax(record: Buffer): Map<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < record.length; ) {
    const space = record.indexOf(32, at);
    const length = Number(record.subarray(at, space).toString('latin1'));
    if (space < 0 || !Number.isSafeInteger(length) || length <= 0) throw broken('a pax record is malformed');
    const pair = record.subarray(space + 1, at + length - 1).toString('utf8');
    const equals = pair.indexOf('=');
    values.set(pair.slice(0, equals), pair.slice(equals + 1));
    at += length;
  }
  return values;
}

/** The entries of an uncompressed tar (ustar, pax, GNU long names), read as they come. @throws EngineError `invalid` */
export async function* readTar(archive: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const source = new Source(archive);
  let pax = new Map<string, string>();
  try {
    for (;;) {
      const header = await source.exactly(block);
      // Two blocks of zeros end it; some writers leave the second one out.
      if (header.every((byte) => byte === 0)) return;
      checkSum(header);
      const kind = String.fromCharCode(header[156] as number);
      const size = Number(pax.get('size') ?? number(header, 124, 136));
      const padding = (block - (size % block)) % block;
      if ('xgLK'.includes(kind)) {
        if (size > recordLimit) throw broken('a name is too long');
        const record = await source.exactly(size);
        await source.skip(padding);
        if (kind === 'x') pax = new Map([...pax, ...parsePax(record)]);
        else if (kind !== 'g') pax.set(kind === 'L' ? 'path' : 'linkpath', text(record, 0, size));
        continue;
      }
      const prefix = text(header, 257, 262) === 'ustar' ? text(header, 345, 500) : '';
      const short = text(header, 0, 100);
      const type = kind === '5' ? 'folder' : '12'.includes(kind) ? 'link' : 'file';
      let left = type === 'file' ? size : 0;
      const body = async function* (): AsyncGenerator<Buffer> {
        while (left > 0) {
          const piece = await source.some(left);
          if (piece.length === 0) throw broken('it ends early');
          left -= piece.length;
          yield piece;
        }
      };
      yield {
        name: (pax.get('path') ?? (prefix ? `${prefix}/${short}` : short)).replace(/^(\.\/)+/, ''),
        type,
        size: left,
        target: type === 'link' ? (pax.get('linkpath') ?? text(header, 157, 257)) : '',
        symbolic: kind === '2',
        body: body(),
      };
      await source.skip(left + (type === 'file' ? padding : 0));
      pax = new Map();
    }
  } finally {
    await source.end();
  }
}
