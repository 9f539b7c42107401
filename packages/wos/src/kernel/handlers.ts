import type { Signal } from '@duende/core/contract';
import { handled, signalNumbers } from './signal-numbers.ts';

/** What the function of wos.c returns. */
const outcomes = ['default', 'handled', 'ignored'] as const;
export type SignalOutcome = (typeof outcomes)[number];

/**
 * The signals of one process that wait for its handlers. A handler is called on a stack of its own, while the process is
 * suspended; its shadow stack nests below, so it has to end before the process goes on.
 */
export class Handlers {
  /** A handler runs: the next signal waits for its end. */
  running = false;
  #pending = 0;
  #deliver: ((signal: number) => Promise<unknown>) | undefined;
  #reportsOutcome = false;
  /** Only at system calls: see `register()`. */
  #onlyBlocked = false;

  /**
   * @param entry a function of the module's table: `wos_deliver` of wos.c, which says what it did, or plain `raise`
   * @param kind `raise` is called only while the process waits in a system call: between any two instructions, its caller may
   * use memory below the stack pointer (the red zone of leaf functions), which `raise` does not step over
   */
  register(entry: unknown, kind: 'deliver' | 'raise'): void {
    this.#deliver = WebAssembly.promising(entry);
    this.#reportsOutcome = kind === 'deliver';
    this.#onlyBlocked = kind === 'raise';
  }

  /**
   * Whether this is how `raise` ends a process that has no handler for the signal: with a text on stderr and a trap, which
   * nothing tells from an abort() in a handler.
   */
  isDefaultOf(error: unknown): boolean {
    return (
      !this.#reportsOutcome && error instanceof WebAssembly.RuntimeError && error.message === 'unreachable'
    );
  }

  get registered(): boolean {
    return this.#deliver !== undefined;
  }

  add(signal: Signal): void {
    this.#pending |= 1 << signalNumbers[signal];
  }

  drop(signal: Signal): void {
    this.#pending &= ~(1 << signalNumbers[signal]);
  }

  has(signal: Signal): boolean {
    return (this.#pending & (1 << signalNumbers[signal])) !== 0;
  }

  /** The next that can be delivered now. */
  next(isBlocked: boolean): Signal | undefined {
    if (this.#pending === 0 || this.running) return undefined;
    if (this.#onlyBlocked && !isBlocked) return undefined;
    return handled.find((signal) => this.has(signal));
  }

  /** Runs the handler. Rejects with what left it: a trap, or the end of the process. */
  async call(signal: Signal): Promise<SignalOutcome> {
    if (this.#deliver === undefined) return 'default';
    this.drop(signal);
    this.running = true;
    try {
      const result = await this.#deliver(signalNumbers[signal]);
      return this.#reportsOutcome ? (outcomes[Number(result)] ?? 'handled') : 'handled';
    } finally {
      this.running = false;
    }
  }
}
