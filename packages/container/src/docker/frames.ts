import type { LogLine } from '@duende/core/contract';

export interface StreamFrame {
  readonly stream: LogLine['stream'];
  readonly data: Buffer;
}

/**
 * Takes the multiplexed stream of a container without a terminal apart: frames of a stream number, three zeros and a length of
 * four bytes, big endian, then so many bytes. Docker Engine API, "Attach to a container", stream format.
 */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): StreamFrame[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: StreamFrame[] = [];
    let at = 0;
    while (this.#rest.length - at >= 8) {
      const length = this.#rest.readUInt32BE(at + 4);
      if (this.#rest.length - at - 8 < length) break;
      const stream = this.#rest[at] === 2 ? 'stderr' : 'stdout';
      frames.push({ stream, data: this.#rest.subarray(at + 8, at + 8 + length) });
      at += 8 + length;
    }
    this.#rest = this.#rest.subarray(at);
    return frames;
  }
}

/** Joins messages, which an engine cuts every 16 KiB, into lines, for each stream on its own. Each message begins with its time. */
export class MessageJoiner {
  readonly #begun = new Map<LogLine['stream'], { time: string; parts: Buffer[] }>();

  add({ stream, data }: StreamFrame): LogLine | undefined {
    const space = data.indexOf(32);
    if (space < 0) return undefined;
    const begun = this.#begun.get(stream) ?? { time: data.toString('latin1', 0, space), parts: [] };
    const text = data.subarray(space + 1);
    const whole = text.at(-1) === 10;
    begun.parts.push(whole ? text.subarray(0, -1) : text);
    if (!whole) {
      this.#begun.set(stream, begun);
      return undefined;
    }
    this.#begun.delete(stream);
    return toLine(stream, begun);
  }

  /** Lines that were begun and will not be ended. */
  rest(): LogLine[] {
    const lines = [...this.#begun].map(([stream, begun]) => toLine(stream, begun));
    this.#begun.clear();
    return lines;
  }
}

function toLine(stream: LogLine['stream'], { time, parts }: { time: string; parts: Buffer[] }): LogLine {
  const text = Buffer.concat(parts).toString('utf8');
  return { time: microseconds(time), stream, text: text.endsWith('\r') ? text.slice(0, -1) : text };
}

/** `2026-11-24T21:53:16.4252Z` or with nine digits: with six. */
export function microseconds(time: string): string {
  const [, head = time, digits = '', zone = 'Z'] = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  if (zone !== 'Z') return new Date(time).toISOString().replace(/Z$/, '000Z');
  return `${head}.${digits.padEnd(6, '0').slice(0, 6)}Z`;
}
