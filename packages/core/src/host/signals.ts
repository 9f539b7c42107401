import type { Signal } from '../signal.ts';

/** Where a host gets its signals from: the process, or a test. Signals that came before `subscribe` are kept. */
export interface SignalSource {
  /** Calls `listener` for each signal, in order; returns how to end that. */
  subscribe(listener: (signal: Signal) => void): () => void;
}

/** A source that is fed by `send`: for tests, and for platforms whose signals are messages. */
export function createSignalSource(): SignalSource & { send(signal: Signal): void } {
  const early: Signal[] = [];
  let listener: ((signal: Signal) => void) | undefined;
  return {
    send(signal) {
      if (listener) listener(signal);
      else early.push(signal);
    },
    subscribe(next) {
      listener = next;
      for (const signal of early.splice(0)) next(signal);
      return () => {
        if (listener === next) listener = undefined;
      };
    },
  };
}

/** Signals that nobody has read yet; older ones are dropped, as the kernel merges pending signals too. */
const maxPending = 64;

/** `ctx.signals`: each loop over it gets every signal; signals from before the first loop go to that one. */
export class SignalFeed implements AsyncIterable<Signal> {
  readonly #early: Signal[] = [];
  readonly #readers = new Set<{ pending: Signal[]; wake: (() => void) | undefined }>();
  #listened = false;
  #closed = false;

  /** Whether anybody has ever read signals. */
  get listened(): boolean {
    return this.#listened;
  }

  push(signal: Signal): void {
    const queues = this.#listened ? [...this.#readers].map((reader) => reader.pending) : [this.#early];
    for (const queue of queues) {
      queue.push(signal);
      if (queue.length > maxPending) queue.shift();
    }
    for (const reader of this.#readers) reader.wake?.();
  }

  /** Ends every loop after what it has pending. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader.wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<Signal> {
    this.#listened = true;
    const reader = { pending: this.#early.splice(0), wake: undefined as (() => void) | undefined };
    this.#readers.add(reader);
    return {
      next: async () => {
        while (reader.pending.length === 0 && !this.#closed) {
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
          reader.wake = undefined;
        }
        const value = reader.pending.shift();
        return value === undefined ? { done: true, value: undefined } : { done: false, value };
      },
      return: async () => {
        this.#readers.delete(reader);
        reader.wake?.();
        return { done: true, value: undefined };
      },
    };
  }
}
