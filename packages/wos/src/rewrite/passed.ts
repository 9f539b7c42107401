/**
 * Which loops are certain to have passed a check. One number says it: all regions (the function is number 0, its open loops follow) from
 * that number on have, on every path from their beginnings to the code at hand; so the least number says the most. Where paths meet, what
 * is certain on all of them is; what was certain before a block is after it.
 */
export class Passed {
  #from = 1;
  #before: number[] = [];
  #atEnd: number[] = [];

  /** @param region number of a region that is open */
  has(region: number): boolean {
    return this.#from <= region;
  }

  reset(): void {
    this.#before.length = this.#atEnd.length = 0;
    this.#from = 1;
  }

  /** There is a check here, or this code is not reached. */
  pass(): void {
    this.#from = 0;
  }

  push(): void {
    this.#before.push(this.#from);
    this.#atEnd.push(0);
  }

  /** A loop begins: nothing is passed in it. @param region its number */
  loop(region: number): void {
    this.#from = region + 1;
  }

  /** A branch forward, to the end of open block `at`. */
  branch(at: number): void {
    this.#atEnd[at] = Math.max(this.#atEnd[at] as number, this.#from);
  }

  /** The other half of the innermost block, which begins where the block does. */
  alternative(): void {
    const top = this.#before.length - 1;
    this.branch(top);
    this.#from = this.#before[top] as number;
  }

  pop(): void {
    const before = this.#before.pop() as number;
    this.#from = Math.min(before, Math.max(this.#from, this.#atEnd.pop() as number));
  }
}
