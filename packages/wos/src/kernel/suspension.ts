import { interrupted } from '../wasi/process.ts';

/** A point at which a process waits to be resumed. The stack of these is as deep as its signal handlers are nested. */
export class Suspension {
  readonly promise: Promise<unknown>;
  /** It need not wait any more. */
  isReady = false;
  #value: unknown;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  #undo: (() => void) | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Starts what will wake it. @returns whether it is awake already */
  start(start: (wake: (value: unknown) => void) => () => void, whenAwake: () => void): void {
    const undo = start((value) => {
      if (this.isReady) return;
      this.#awake(value);
      whenAwake();
    });
    // It may have been woken, or ended, at once.
    if (this.isReady) undo();
    else this.#undo = undo;
  }

  #awake(value: unknown): void {
    this.isReady = true;
    this.#value = value;
    this.#undo?.();
    this.#undo = undefined;
  }

  /** Its call ends with EINTR, unless it was over anyway. */
  interrupt(): void {
    if (!this.isReady) this.#awake(interrupted);
  }

  /** For one that only lets others run. */
  makeReady(): void {
    this.isReady = true;
  }

  resume(): void {
    this.#resolve(this.#value);
  }

  /** Ends it: the stack behind it unwinds. */
  abandon(error: unknown): void {
    if (!this.isReady) this.#awake(undefined);
    this.#reject(error);
  }
}
