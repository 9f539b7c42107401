import type { LogLine } from '@duende/core/contract';

interface Mark {
  readonly time: string;
  /** Lines of that time. */
  readonly count: number;
}

/** How far the log of one task was read: what is read again gives only what is new. Each of its streams is in order. */
export class LogCursor {
  readonly #marks = new Map<LogLine['stream'], Mark>();

  /** Says of each line of one reading, in its order, whether it is new. */
  reading(): (line: LogLine) => boolean {
    const seen = new Map<LogLine['stream'], number>();
    return ({ time, stream }) => {
      const mark = this.#marks.get(stream);
      if (mark !== undefined && time < mark.time) return false;
      if (mark === undefined || time > mark.time) {
        this.#marks.set(stream, { time, count: 1 });
        seen.set(stream, 1);
        return true;
      }
      const count = (seen.get(stream) ?? 0) + 1;
      seen.set(stream, count);
      if (count <= mark.count) return false;
      this.#marks.set(stream, { time, count });
      return true;
    };
  }

  /** From when to read again: of a stream that was silent so far nothing is lost. */
  get since(): string | undefined {
    const times = [...this.#marks.values()].map(({ time }) => time).sort();
    return times.length === 2 ? times[0] : undefined;
  }
}
