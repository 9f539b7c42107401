import type { TraceEvent, TracerHandle, TracerOptions, TraceSummary } from '@duende/core';
import type { Daemon } from './daemon.ts';

/** A trace of a simulated daemon. */
export class SimTracer implements TracerHandle {
  readonly #daemon: Daemon;
  readonly #listener: (event: TraceEvent) => void;
  readonly #queue: TraceEvent[] = [];
  readonly #seen: TraceEvent[] = [];
  #over = false;
  #wake = Promise.withResolvers<void>();

  constructor(daemon: Daemon, { calls, signal }: TracerOptions) {
    this.#daemon = daemon;
    this.#listener = (event) => {
      if (calls && !calls.includes(event.call)) return;
      this.#seen.push(event);
      this.#queue.push(event);
      this.#wake.resolve();
    };
    daemon.tracers.add(this.#listener);
    signal?.addEventListener('abort', () => this.#end(), { once: true });
    void daemon.ended.promise.then(() => this.#end());
  }

  #end(): void {
    this.#daemon.tracers.delete(this.#listener);
    this.#over = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TraceEvent> {
    for (;;) {
      for (const event of this.#queue.splice(0)) yield event;
      if (this.#over && this.#queue.length === 0) return;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
    }
  }

  summary(): TraceSummary {
    const calls: Record<string, { count: number; errors: number; seconds: number }> = {};
    for (const event of this.#seen) {
      calls[event.call] ??= { count: 0, errors: 0, seconds: 0 };
      const entry = calls[event.call];
      if (!entry) continue;
      entry.count += 1;
      if (event.error) entry.errors += 1;
      entry.seconds += event.duration;
    }
    return { calls, total: this.#seen.length };
  }

  async detach(): Promise<void> {
    this.#end();
  }
}
