/** Milliseconds that a process runs before others get their turn, as far as its fuel can be foreseen. */
export const sliceMilliseconds = 1;

const leastRate = 50;
/** More than any program has been seen to use: 6.7 to 36 million in a millisecond. */
const mostRate = 100_000_000;

/**
 * Turns time into fuel for one process: a unit is about one instruction, which takes 0.03 to
 * 0.2 ns in one program and more in another, and calls into the kernel cost none. What the last slices took tells how much the next one gets.
 */
export class FuelGauge {
  /** Of fuel for a millisecond. Low at first: too short a slice costs little. */
  #rate = 1_000_000;
  #granted = 0;

  /** For the next slice. */
  grant(): number {
    this.#granted = Math.floor(this.#rate * sliceMilliseconds);
    return this.#granted;
  }

  /** A slice that took so long and left so much of it. */
  measure(milliseconds: number, left: number): void {
    const used = this.#granted - left;
    // Too little to tell anything.
    if (used < this.#granted / 8 || milliseconds <= 0) return;
    // A jump upwards could be a lucky measurement; downwards it is taken at once, since others wait.
    const rate = Math.min(used / milliseconds, this.#rate * 2);
    this.#rate = Math.min(mostRate, Math.max(leastRate, rate < this.#rate ? rate : (this.#rate + rate) / 2));
  }
}
