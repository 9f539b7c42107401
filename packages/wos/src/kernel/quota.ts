/** As the kernel of Linux: cpu.max has 100 ms periods. */
const periodMilliseconds = 100;

/**
 * A share of one core: CPU time is earned at that rate, saved for one period at most. Whoever has overdrawn waits until it is
 * earned again.
 */
export class CpuQuota {
  readonly #share: number;
  #saved: number;
  #at: number;

  /** @param share 0.5 is half a core */
  constructor(share: number, now: number) {
    this.#share = share;
    this.#saved = share * periodMilliseconds;
    this.#at = now;
  }

  spend(milliseconds: number, now: number): void {
    const earned = (now - this.#at) * this.#share;
    this.#saved = Math.min(this.#share * periodMilliseconds, this.#saved + earned) - milliseconds;
    this.#at = now;
  }

  /** When it may run again, performance.now(); `undefined`: at once. */
  until(now: number): number | undefined {
    const saved = this.#saved + (now - this.#at) * this.#share;
    // A few slices at once, rather than one after each millisecond.
    return saved > 0 ? undefined : now + (-saved + this.#share * (periodMilliseconds / 10)) / this.#share;
  }
}
