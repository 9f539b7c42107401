import type { TraceEvent } from '../kernel/trace.ts';
import type { TraceDocument } from '../protocol/documents.ts';

/** Whom a handler serves. */
export interface Caller {
  /** The client is gone, or does not want it any more. */
  readonly signal: AbortSignal;
  event(value: unknown): void;
  /** Bytes that the client has not read. */
  readonly waiting: number;
}

/** Rejects when the caller gives up. */
export function untilAborted({ signal }: Caller): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Bytes that may wait for a client that traces. */
const traceWindow = 4 * 1024 * 1024;

/** Passes traced calls on to a client; those that it does not read fast enough are only counted. */
export class TraceSink {
  readonly #caller: Caller;
  #dropped = 0;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  readonly take = (events: readonly TraceEvent[]): void => {
    if (this.#caller.waiting > traceWindow) this.#dropped += events.length;
    else this.#tell(events);
  };

  #tell(events: readonly TraceEvent[]): void {
    this.#caller.event({ events: [...events], dropped: this.#dropped } satisfies TraceDocument);
    this.#dropped = 0;
  }

  /** What was not told is told of. */
  end(): void {
    if (this.#dropped > 0) this.#tell([]);
  }
}
