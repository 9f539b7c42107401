import type { QuickJs } from './quickjs.ts';

/** Promises of a script that were rejected and that nobody has handled yet. */
export class Rejections {
  readonly #engine: QuickJs;
  readonly #open = new Map<number, { promise: number; reason: number }>();

  constructor(engine: QuickJs) {
    this.#engine = engine;
  }

  /** A promise was rejected without a handler, or has got one since. Both values are owned here then. */
  told(promise: number, reason: number, isHandled: boolean): void {
    const engine = this.#engine;
    const key = engine.now('qjs_get_value_ptr', promise);
    const known = this.#open.get(key);
    this.#open.delete(key);
    if (known) for (const value of Object.values(known)) engine.free(value);
    if (!isHandled) {
      this.#open.set(key, { promise, reason });
      return;
    }
    engine.free(promise);
    engine.free(reason);
  }

  /** The reason of the oldest, which the caller owns; 0: there is none. */
  take(): number {
    for (const [key, { promise, reason }] of this.#open) {
      this.#open.delete(key);
      this.#engine.free(promise);
      return reason;
    }
    return 0;
  }
}
