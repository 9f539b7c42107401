import { setImmediate as turn } from 'node:timers/promises';
import type { LogLine, LogsOptions } from '@duende/core';

interface Entry extends LogLine {
  readonly number: number;
}

/** A daemon's log: lines in order, in "files" of which the oldest are dropped. */
export class SimLog {
  readonly #maxSize: number;
  readonly #kept: number;
  readonly #partial = { stdout: '', stderr: '' };
  #files: Entry[][] = [[]];
  #size = 0;
  #count = 0;
  #last = 0;
  #changed = Promise.withResolvers<void>();
  /** No more lines will come. */
  closed = false;

  constructor(limits: { maxSize: number; files: number }) {
    this.#maxSize = limits.maxSize;
    this.#kept = limits.files;
  }

  write(stream: 'stdout' | 'stderr', text: string): void {
    const lines = (this.#partial[stream] + text).split('\n');
    this.#partial[stream] = lines.pop() ?? '';
    for (const line of lines) this.append(stream, line);
    this.changed();
  }

  flush(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#partial[stream]) this.append(stream, this.#partial[stream]);
      this.#partial[stream] = '';
    }
    this.changed();
  }

  close(): void {
    this.closed = true;
    this.changed();
  }

  changed(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  append(stream: 'stdout' | 'stderr', text: string): void {
    this.#last = Math.max(this.#last, Date.now());
    this.#size += text.length + 1;
    if (this.#size > this.#maxSize) {
      this.#files.push([]);
      this.#files = this.#files.slice(-this.#kept - 1);
      this.#size = text.length + 1;
    }
    const time = new Date(this.#last).toISOString();
    this.#files.at(-1)?.push({ time, stream, text, number: this.#count++ });
  }

  async *read(options: LogsOptions = {}): AsyncGenerator<LogLine> {
    const { follow = false, since, tail, signal } = options;
    const from = since === undefined ? Number.NEGATIVE_INFINITY : new Date(since).getTime();
    let next = tail === undefined ? 0 : Math.max(0, this.#count - tail);
    const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    for (;;) {
      // Taken before the look: a line that arrives meanwhile resolves it.
      const changed = this.#changed.promise;
      for (const { number, ...line } of this.#files.flat().filter((entry) => entry.number >= next)) {
        if (signal?.aborted) return;
        next = number + 1;
        if (Date.parse(line.time) >= from) yield line;
      }
      if (!follow || this.closed || signal?.aborted) return;
      await Promise.race([changed, aborted]);
      await turn();
    }
  }
}
