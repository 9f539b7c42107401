import type { TaskLine } from './read-service-log.ts';

/** Milliseconds by which nodes may be behind each other with what they tell. */
const lag = 60_000;

/** How far the log of each task was read: a log that is read again gives only what is new. */
export class LogCursor {
  /** The newest time of each stream of each task, and how many lines there were of that time. */
  readonly #marks = new Map<string, { readonly time: string; readonly count: number }>();
  #newest = '';

  /** Says of each line of one reading, in its order, whether it is new. */
  reading(): (entry: TaskLine) => boolean {
    const seen = new Map<string, number>();
    return ({ task, line: { time, stream } }) => {
      const key = `${stream} ${task}`;
      const mark = this.#marks.get(key);
      if (mark !== undefined && time < mark.time) return false;
      if (mark === undefined || time > mark.time) {
        this.#marks.set(key, { time, count: 1 });
        seen.set(key, 1);
        if (time > this.#newest) this.#newest = time;
        return true;
      }
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      if (count <= mark.count) return false;
      this.#marks.set(key, { time, count });
      return true;
    };
  }

  /** From when to read again. */
  get since(): string | undefined {
    return this.#newest ? new Date(Date.parse(this.#newest) - lag).toISOString() : undefined;
  }
}
