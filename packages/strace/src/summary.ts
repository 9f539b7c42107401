import type { TraceEvent, TraceSummary } from '@duende/core';

interface Count {
  count: number;
  errors: number;
  seconds: number;
}

/** Counts calls as they come. */
export class TraceCounter {
  readonly #calls = new Map<string, Count>();
  #total = 0;

  add(event: TraceEvent): void {
    const count = this.#calls.get(event.call) ?? { count: 0, errors: 0, seconds: 0 };
    count.count += 1;
    // `?` with ERESTARTSYS is an interrupted call, which the kernel begins again: no error.
    if (event.error !== undefined && event.result !== '?') count.errors += 1;
    count.seconds += event.duration;
    this.#calls.set(event.call, count);
    this.#total += 1;
  }

  /** The calls that took longest come first. */
  summary(): TraceSummary {
    const sorted = [...this.#calls].sort(([, a], [, b]) => b.seconds - a.seconds || b.count - a.count);
    const calls = sorted.map(([name, count]) => [
      name,
      { ...count, seconds: Number(count.seconds.toFixed(6)) },
    ]);
    return { calls: Object.fromEntries(calls), total: this.#total };
  }
}

/** Counts, errors and seconds per call. */
export function summarise(events: Iterable<TraceEvent>): TraceSummary {
  const counter = new TraceCounter();
  for (const event of events) counter.add(event);
  return counter.summary();
}
