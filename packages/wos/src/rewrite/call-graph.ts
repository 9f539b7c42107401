import { Mark, type Marks } from './marks.ts';
import type { ScannedFunction } from './scanned-function.ts';

/** A function that costs no more than this, with all that it calls, is not charged when it is entered. */
const freeCost = 64;

/** What a call of a function that charges for itself costs the caller. */
const callCost = 4;

/** Charging the entry later makes a function larger for each place where that is done. */
const mostEntries = 4;

/** Nor may a path that returns before be long. */
const mostBeforeEntry = 256;

/** How one function is accounted. */
export interface Accounting {
  /** Units charged at the entry; 0: nothing is. */
  readonly entryCharge: number;
  /** Whether that is done before the first call or loop on each path instead of at the first instruction. */
  readonly isLate: boolean;
  /** Whether calling it can change the fuel. */
  readonly usesFuel: boolean;
}

const unseen = 0;
const open = 1;
const done = 2;

/**
 * Decides which functions are charged at their entry. Each cycle of calls must contain one that is, and so must each tree of calls
 * that is large: 64 functions each of which calls the next one twice never end either. Hence not only the recursive ones:
 * - what a depth-first walk finds calling back into a function that is still open (each cycle of direct calls has such a caller);
 * - what calls through a table: any function may be behind that;
 * - what costs more than `freeCost` with everything below it that is not charged by itself.
 * Loops that are repeated charge for themselves.
 */
export class CallGraph {
  readonly #functions: readonly ScannedFunction[];
  readonly #marks: Marks;
  readonly #imported: number;
  readonly #state: Uint8Array;
  readonly #costs: Float64Array;
  readonly #charged: Uint8Array;
  readonly #usesFuel: Uint8Array;

  /** @param imported number of imported functions, whose numbers come first */
  constructor(functions: readonly ScannedFunction[], marks: Marks, imported: number) {
    this.#functions = functions;
    this.#marks = marks;
    this.#imported = imported;
    this.#state = new Uint8Array(functions.length);
    this.#costs = new Float64Array(functions.length);
    this.#charged = new Uint8Array(functions.length);
    this.#usesFuel = new Uint8Array(functions.length);
    for (let index = 0; index < functions.length; index++)
      if (this.#state[index] === unseen) this.#walk(index);
  }

  /** Whether a call of this function, by its number in the module, can change the fuel. The host's functions may. */
  usesFuel(callee: number): boolean {
    return callee < this.#imported || this.#usesFuel[callee - this.#imported] === 1;
  }

  /** @param index number among the functions that are not imported */
  accounting(index: number): Accounting {
    const { cost, count, facts } = this.#function(index);
    const entryCharge = this.#charged[index] === 1 ? Math.max(1, Math.round(cost)) : 0;
    const isLate = facts.entries > 0 && facts.entries <= mostEntries && count <= mostBeforeEntry;
    return { entryCharge, isLate, usesFuel: this.#usesFuel[index] === 1 };
  }

  /** Depth first, without recursion: a chain of calls can have a million functions. */
  #walk(root: number): void {
    const path = [root];
    const next = [this.#function(root).firstMark];
    this.#state[root] = open;
    while (path.length > 0) {
      const index = path[path.length - 1] as number;
      const mark = next[next.length - 1] as number;
      if (mark < this.#function(index).lastMark) {
        next[next.length - 1] = mark + 1;
        const callee = this.#directCallee(mark);
        if (callee < 0) continue;
        if (this.#state[callee] === open) this.#charged[index] = 1;
        if (this.#state[callee] !== unseen) continue;
        this.#state[callee] = open;
        path.push(callee);
        next.push(this.#function(callee).firstMark);
      } else {
        this.#close(index);
        path.pop();
        next.pop();
      }
    }
  }

  #close(index: number): void {
    const { firstMark, lastMark, count, facts } = this.#function(index);
    let cost = count;
    let usesFuel = facts.hasLoop || facts.hasBulk;
    for (let mark = firstMark; mark < lastMark; mark++) {
      const kind = this.#marks.kind(mark);
      if (kind === Mark.CallIndirect || kind === Mark.TailCallIndirect) this.#charged[index] = 1;
      if (kind !== Mark.Call && kind !== Mark.TailCall) continue;
      const callee = this.#directCallee(mark);
      if (callee >= 0 && this.#state[callee] === done && this.#charged[callee] === 0)
        cost += this.#costs[callee] as number;
      else cost += callCost;
      if (callee < 0 || this.#usesFuel[callee] === 1) usesFuel = true;
    }
    if (cost > freeCost) this.#charged[index] = 1;
    this.#costs[index] = cost;
    this.#usesFuel[index] = usesFuel || this.#charged[index] === 1 ? 1 : 0;
    this.#state[index] = done;
  }

  /** The function a mark calls, by its number among those that are not imported; negative when there is none. */
  #directCallee(mark: number): number {
    const kind = this.#marks.kind(mark);
    return kind === Mark.Call || kind === Mark.TailCall ? this.#marks.operand(mark) - this.#imported : -1;
  }

  #function(index: number): ScannedFunction {
    return this.#functions[index] as ScannedFunction;
  }
}
