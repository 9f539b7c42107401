import { Passed } from './passed.ts';

/** What a label belongs to. */
export const Label = { Block: 0, Loop: 1, If: 2, Function: 3 } as const;

/** The function's body, or a loop in it: code that one charge pays for. */
export interface Region {
  /** Which of the open blocks it is. */
  readonly at: number;
  /** The mark of the loop's head; -1: the function. */
  readonly mark: number;
  /** Whether something branches back to the head, and whether it does without having passed another check. */
  isRepeated: boolean;
  isUnchecked: boolean;
  /** Instructions that are run, as estimated, times how often the region is entered. */
  cost: number;
  /** Instructions in it, in loops that are not repeated as well: never less than are run. */
  count: number;
}

/** An estimate is never taken for certainty: even code that looks unreachable costs something. */
const leastFlow = 1e-6;

/**
 * The open blocks of the function that is being scanned, with an estimate of how often code runs: 1 at the entry, half after a
 * conditional branch, and what flows into a label where a block ends. So a round of a loop around a large `switch` is charged for one
 * arm and not for all. Only charges rest on the estimate, never where checks are.
 */
export class LabelStack {
  /** How often the code at hand runs. */
  flow = 1;
  readonly #passed = new Passed();
  #kinds: number[] = [];
  #entries: number[] = [];
  #inflows: number[] = [];
  #alternatives: number[] = [];
  /** For each open block, how many regions were open before it. */
  #outer: number[] = [];
  #regions: Region[] = [];

  get depth(): number {
    return this.#kinds.length;
  }

  /** The innermost region. */
  get region(): Region {
    return this.#regions[this.#regions.length - 1] as Region;
  }

  /** Whether code at hand may be reached from the function's entry without a check. In loops it never is: there is one before each. */
  get isUnchecked(): boolean {
    return this.#regions.length === 1 && !this.#passed.has(0);
  }

  /** Begins a function. */
  reset(): void {
    for (const stack of [this.#kinds, this.#entries, this.#inflows, this.#alternatives, this.#outer]) {
      stack.length = 0;
    }
    this.#regions.length = 0;
    this.#passed.reset();
    this.flow = 1;
    this.push(Label.Function);
    this.#openRegion(-1);
  }

  push(kind: number): void {
    this.flow = Math.max(this.flow, leastFlow);
    this.#kinds.push(kind);
    this.#entries.push(this.flow);
    this.#inflows.push(0);
    if (kind === Label.If) this.flow /= 2;
    this.#alternatives.push(kind === Label.If ? this.flow : 0);
    this.#outer.push(this.#regions.length);
    this.#passed.push();
  }

  /** @param mark number of the mark of its head */
  pushLoop(mark: number): void {
    this.push(Label.Loop);
    this.#passed.loop(this.#regions.length);
    this.#openRegion(mark);
  }

  /** There is a check here. */
  pass(): void {
    this.#passed.pass();
  }

  /** The code that follows is not reached from here. */
  leave(): void {
    this.flow = 0;
    this.#passed.pass();
  }

  /** The other half of an if, or a handler of a try. */
  alternative(): void {
    const top = this.depth - 1;
    this.#inflows[top] = (this.#inflows[top] as number) + this.flow;
    this.flow = Math.max(this.#alternatives[top] as number, leastFlow);
    this.#alternatives[top] = 0;
    this.#passed.alternative();
  }

  /** Closes the innermost block. @returns the region that it was, and how often that is entered, or undefined for a mere block */
  pop(): { region: Region; entry: number } | undefined {
    // An if without else may have been jumped over.
    if ((this.#alternatives[this.depth - 1] as number) > 0) this.alternative();
    const kind = this.#kinds.pop();
    const entry = this.#entries.pop() ?? 1;
    const inflow = this.#inflows.pop() ?? 0;
    this.#alternatives.pop();
    this.#outer.pop();
    this.#passed.pop();
    // A loop ends at some time, however improbable one round makes that.
    this.flow = kind === Label.Loop ? entry : Math.min(entry, this.flow + inflow);
    if (kind !== Label.Loop && kind !== Label.Function) return undefined;
    return { region: this.#regions.pop() as Region, entry };
  }

  /** A branch that takes this share of the flow. @returns whether there is such a label */
  branch(depth: number, share: number): boolean {
    const at = this.depth - 1 - depth;
    if (at < 0) return false;
    const loop = this.#loop(at);
    if (loop !== undefined) {
      loop.isRepeated = true;
      if (!this.#passed.has(this.#outer[at] as number)) loop.isUnchecked = true;
      return true;
    }
    const inner = this.region.at;
    // What leaves a loop leaves it once for each time it is entered.
    const flow = inner > at ? (this.#entries[inner] as number) : share;
    this.#inflows[at] = (this.#inflows[at] as number) + flow;
    this.#passed.branch(at);
    return true;
  }

  /** The mark of the loop to whose head a branch to this label goes; -1 when it goes to the end of a block. */
  loopMark(depth: number): number {
    return this.#loop(this.depth - 1 - depth)?.mark ?? -1;
  }

  #loop(at: number): Region | undefined {
    return this.#kinds[at] === Label.Loop ? this.#regions[this.#outer[at] as number] : undefined;
  }

  #openRegion(mark: number): void {
    const at = this.depth - 1;
    this.#regions.push({ at, mark, isRepeated: false, isUnchecked: false, cost: 0, count: 0 });
  }
}
