import type { TraceEvent } from '@duende/core';

/** What an event costs beside its text, roughly, in characters. */
const overhead = 200;

const cost = (event: TraceEvent): number =>
  event.args.reduce((sum, argument) => sum + argument.length, overhead + event.result.length);

/** Events between strace and a consumer that may be slower. Bounded: what does not fit is dropped and counted. */
export class EventQueue {
  dropped = 0;
  readonly #limit: number;
  #events: TraceEvent[] = [];
  #head = 0;
  #size = 0;
  #ended = false;
  readonly #waiting: ((result: IteratorResult<TraceEvent, undefined>) => void)[] = [];

  /** @param limit characters of events that are kept for the consumer. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(event: TraceEvent): void {
    if (this.#ended) return;
    const consumer = this.#waiting.shift();
    if (consumer) {
      consumer({ done: false, value: event });
      return;
    }
    const size = cost(event);
    if (this.#size + size > this.#limit) {
      this.dropped += 1;
      return;
    }
    this.#size += size;
    this.#events.push(event);
  }

  end(): void {
    this.#ended = true;
    for (const consumer of this.#waiting.splice(0)) consumer({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<TraceEvent, undefined>> {
    const event = this.#events[this.#head];
    if (event) {
      this.#size -= cost(event);
      this.#head += 1;
      if (this.#head === this.#events.length || this.#head > 4096) {
        this.#events = this.#events.slice(this.#head);
        this.#head = 0;
      }
      return Promise.resolve({ done: false, value: event });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
