import type { TraceEvent, TraceSummary } from '@duende/core/contract';

/** Events that are kept for who does not read them as fast as they come. */
const longest = 100_000;

/** Events until they are read, and what all of them come to. */
export class TraceQueue {
  readonly #events: TraceEvent[] = [];
  readonly #waiting: ((result: IteratorResult<TraceEvent>) => void)[] = [];
  readonly #calls = new Map<string, { count: number; errors: number; seconds: number }>();
  #total = 0;
  #isOver = false;

  push(event: TraceEvent): void {
    const sum = this.#calls.get(event.call) ?? { count: 0, errors: 0, seconds: 0 };
    this.#calls.set(event.call, sum);
    this.#total += 1;
    sum.count += 1;
    sum.errors += event.error === undefined ? 0 : 1;
    sum.seconds += event.duration;
    const reader = this.#waiting.shift();
    if (reader) reader({ done: false, value: event });
    else if (this.#events.length < longest) this.#events.push(event);
  }

  end(): void {
    this.#isOver = true;
    for (const reader of this.#waiting.splice(0)) reader({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<TraceEvent>> {
    const event = this.#events.shift();
    if (event) return Promise.resolve({ done: false, value: event });
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  summary(): TraceSummary {
    const calls = [...this.#calls].map(([call, sum]) => [call, { ...sum }] as const);
    return { calls: Object.fromEntries(calls), total: this.#total };
  }
}
