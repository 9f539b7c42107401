import type { LogLine } from '@duende/core/contract';

/** A record of a log file: the Kubernetes CRI log format, `TIME STREAM FLAG TEXT`. */
interface LogRecord extends LogLine {
  /** Whether the line ends with this record. */
  readonly full: boolean;
}

function parseRecord(text: string): LogRecord | undefined {
  const match = /^(\S+) (stdout|stderr) ([FP]) /.exec(text);
  if (!match) return undefined;
  const [head, time, stream, flag] = match as unknown as [string, string, LogLine['stream'], string];
  return { time, stream, text: text.slice(head.length), full: flag === 'F' };
}

/** Joins records, which may be parts, into lines, for each stream on its own. Damaged records are passed over. */
export class LineJoiner {
  readonly #parts = new Map<LogLine['stream'], LogLine>();

  /** The lines that a block of whole records completes. Decoding is done on whole lines, so that no character is cut. */
  add(block: Buffer): LogLine[] {
    const lines: LogLine[] = [];
    let from = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, from)) {
      const record = parseRecord(block.toString('latin1', from, end));
      from = end + 1;
      if (!record) continue;
      const begun = this.#parts.get(record.stream);
      const text = begun ? begun.text + record.text : record.text;
      const line = { time: begun?.time ?? record.time, stream: record.stream, text };
      if (record.full) {
        this.#parts.delete(record.stream);
        lines.push(decoded(line));
      } else {
        this.#parts.set(record.stream, line);
      }
    }
    return lines;
  }

  /** Lines that were begun and will not be ended. */
  rest(): LogLine[] {
    const lines = [...this.#parts.values()].map(decoded);
    this.#parts.clear();
    return lines;
  }
}

function decoded(line: LogLine): LogLine {
  // Most lines are ASCII: only others pay for the second pass.
  const text = /[\x80-\xff]/.test(line.text) ? Buffer.from(line.text, 'latin1').toString('utf8') : line.text;
  return { ...line, text: text.endsWith('\r') ? text.slice(0, -1) : text };
}
