/** Waits a while, or less when a follow is to end. One for a whole follow: a race() a look would pile up on a promise. */
export class Alarm {
  /** The promise has settled. */
  isOver = false;
  readonly #signal: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #resolve: (() => void) | undefined;

  constructor(until: Promise<unknown> | undefined, signal: AbortSignal | undefined) {
    this.#signal = signal;
    const over = (): void => {
      this.isOver = true;
      this.#ring();
    };
    until?.then(over, over);
    signal?.addEventListener('abort', this.#ring);
  }

  readonly #ring = (): void => {
    clearTimeout(this.#timer);
    this.#resolve?.();
    this.#resolve = undefined;
  };

  /** Milliseconds; shorter when the promise settles or the signal comes. */
  async wait(milliseconds: number): Promise<void> {
    if (this.isOver || this.#signal?.aborted) return;
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      this.#timer = setTimeout(this.#ring, milliseconds);
    });
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#ring);
    this.#ring();
  }
}
