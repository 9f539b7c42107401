/**
 * Of many who look at the same thing at the same moment one asks. Whoever comes while it is being asked shares the next answer, not this
 * one, which may be of before what made them look.
 */
export class SharedLook<T> {
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  look(ask: () => Promise<T>): Promise<T> {
    if (this.#running === undefined) return this.#start(ask);
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#start(ask);
      });
    return this.#next;
  }

  #start(ask: () => Promise<T>): Promise<T> {
    const running = ask().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
