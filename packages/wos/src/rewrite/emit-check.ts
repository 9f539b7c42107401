import { emptyBlock, Op } from './opcodes.ts';
import type { Writer } from './writer.ts';

/** Numbers of what the rewriter adds to the module. */
export interface Additions {
  readonly fuelGlobal: number;
  /** The global that is 1 once the process is being ended; only in modules that catch exceptions. */
  readonly endedGlobal: number | undefined;
  readonly preemptFunction: number;
  /** The global that is 1 once memory was refused, and the function that grows it; only in modules that grow theirs. */
  readonly growth: { readonly refusedGlobal: number; readonly growFunction: number } | undefined;
}

/** Units that are counted before they are charged. */
const batch = 256;

/**
 * Writes the instructions that charge fuel. Fuel is in the global, or, in functions with loops, in a local variable, which the engine
 * keeps in a register: a round then costs a subtraction and a branch instead of a load and a store that wait for each other.
 */
export class CheckWriter {
  readonly #out: Writer;
  readonly #additions: Additions;
  /** Where the branches that are hardly ever taken are: bytes of `out`. */
  readonly coldBranches: number[] = [];

  constructor(out: Writer, additions: Additions) {
    this.#out = out;
    this.#additions = additions;
  }

  /** local = global */
  load(local: number): void {
    this.#op(Op.GlobalGet, this.#additions.fuelGlobal);
    this.#op(Op.LocalSet, local);
  }

  /** global = local */
  store(local: number): void {
    this.#op(Op.LocalGet, local);
    this.#op(Op.GlobalSet, this.#additions.fuelGlobal);
  }

  /** Fuel in the global. @param scratch a local variable for the difference */
  chargeGlobal(units: number, scratch: number): void {
    this.#op(Op.GlobalGet, this.#additions.fuelGlobal);
    this.#constant(units);
    this.#subtractGlobal(scratch);
  }

  /** Fuel in a local variable. @param from where it is before: the variable itself, or the global at the entry */
  chargeLocal(units: number, local: number, from: 'local' | 'global' = 'local'): void {
    if (from === 'local') this.#op(Op.LocalGet, local);
    else this.#op(Op.GlobalGet, this.#additions.fuelGlobal);
    this.#constant(units);
    this.#out.byte(Op.I32Sub);
    this.#op(Op.LocalTee, local);
    this.#preemptLocal(local);
  }

  /** Charges for the number on top of the stack, which stays there. */
  chargeTop(shift: number, size: number, local: number, place: 'local' | 'global'): void {
    this.#op(Op.LocalTee, size);
    if (place === 'local') this.#op(Op.LocalGet, local);
    else this.#op(Op.GlobalGet, this.#additions.fuelGlobal);
    this.#op(Op.LocalGet, size);
    if (shift > 0) {
      this.#constant(shift);
      this.#out.byte(Op.I32ShrU);
    }
    if (place === 'local') {
      this.#out.byte(Op.I32Sub);
      this.#op(Op.LocalTee, local);
      this.#preemptLocal(local);
    } else this.#subtractGlobal(local);
  }

  /** Counts in a local variable; what that comes to is charged once it is worth it. */
  count(units: number, counter: number, charge: (units: number) => void): void {
    this.#op(Op.LocalGet, counter);
    this.#constant(units);
    this.#out.byte(Op.I32Add);
    this.#op(Op.LocalTee, counter);
    this.#constant(batch);
    this.#out.byte(Op.I32GtS);
    this.#cold();
    this.#constant(0);
    this.#op(Op.LocalSet, counter);
    charge(batch);
    this.#out.byte(Op.End);
  }

  /** A trap, which nothing catches, where a handler of everything would go on in a process that is being ended. */
  trapWhenEnded(): void {
    if (this.#additions.endedGlobal === undefined) return;
    this.#op(Op.GlobalGet, this.#additions.endedGlobal);
    this.#cold();
    this.#out.byte(Op.Unreachable);
    this.#out.byte(Op.End);
  }

  #subtractGlobal(scratch: number): void {
    this.#out.byte(Op.I32Sub);
    this.#op(Op.LocalTee, scratch);
    this.#op(Op.GlobalSet, this.#additions.fuelGlobal);
    this.#op(Op.LocalGet, scratch);
    this.#isNegative();
    this.#cold();
    this.#op(Op.Call, this.#additions.preemptFunction);
    this.#out.byte(Op.End);
  }

  #preemptLocal(local: number): void {
    this.#isNegative();
    this.#cold();
    this.store(local);
    this.#op(Op.Call, this.#additions.preemptFunction);
    this.load(local);
    this.#out.byte(Op.End);
  }

  #isNegative(): void {
    this.#constant(0);
    this.#out.byte(Op.I32LtS);
  }

  #cold(): void {
    this.coldBranches.push(this.#out.length);
    this.#out.byte(Op.If);
    this.#out.byte(emptyBlock);
  }

  #constant(value: number): void {
    this.#out.byte(Op.I32Const);
    this.#out.s32(value);
  }

  #op(op: number, index: number): void {
    this.#out.byte(op);
    this.#out.u32(index);
  }
}
