import type { LogLine } from '@duende/core/contract';

/** An entry of the journal: a line that a process wrote, or a piece of one. */
export interface Piece {
  /** Unix time in microseconds. */
  readonly usec: number;
  readonly stream: LogLine['stream'];
  readonly bytes: Buffer;
  /** Why the line does not end here: it has a NUL, or is longer than journald's LineMax. */
  readonly brokenBy?: 'nul' | 'line-max';
  /** The connection to journald, `_STREAM_ID`; only needed for pieces. */
  readonly streamId?: string;
}

export interface Line {
  readonly usec: number;
  readonly stream: LogLine['stream'];
  readonly text: string;
}

/** LineMax of journald.conf(5), as it is by default. */
const lineMax = 48 * 1024;
/** Bytes of a line after which it is given in parts: one that never ends must not cost all memory. */
const longest = 16 * 1024 * 1024;

/**
 * journald takes white space off the end of all that it logs (stdout_stream_line() of journald-stream.c), of a line that it
 * breaks too. There it is in the middle: spaces stand in for it. With another LineMax they are lost.
 */
function restored(bytes: Buffer): Buffer {
  const missing = lineMax - bytes.length;
  return missing > 0 && missing <= 64 ? Buffer.concat([bytes, Buffer.alloc(missing, ' ')]) : bytes;
}

/**
 * Joins what journald has broken into pieces; each connection on its own. journald does not say that a line ends right
 * after a break (it drops the empty rest): such a line is joined with the next.
 */
export class LineJoiner {
  readonly #open = new Map<string, { first: Piece; parts: Buffer[]; size: number }>();

  /** Pieces wait for their rest: `add` needs the streamId of every piece now. */
  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** The line that ends with this piece, if one does. */
  add(piece: Piece): Line | undefined {
    const { streamId = '', brokenBy } = piece;
    const begun = this.isOpen ? this.#open.get(streamId) : undefined;
    if (!begun && !brokenBy) return line(piece, piece.bytes);
    const open = begun ?? { first: piece, parts: [], size: 0 };
    open.parts.push(brokenBy === 'line-max' ? restored(piece.bytes) : piece.bytes);
    if (brokenBy === 'nul') open.parts.push(Buffer.alloc(1));
    open.size += piece.bytes.length + 1;
    if (brokenBy && open.size < longest) {
      this.#open.set(streamId, open);
      return undefined;
    }
    this.#open.delete(streamId);
    return line(open.first, Buffer.concat(open.parts));
  }

  /** Lines that were begun and have no end (yet). */
  rest(): Line[] {
    const lines = [...this.#open.values()].map(({ first, parts }) => {
      // A NUL at the very end was no separator.
      const whole = parts.at(-1)?.equals(Buffer.alloc(1)) ? parts.slice(0, -1) : parts;
      return line(first, Buffer.concat(whole));
    });
    this.#open.clear();
    return lines;
  }
}

const line = ({ usec, stream }: Piece, bytes: Buffer): Line => ({
  usec,
  stream,
  text: bytes.toString('utf8'),
});
