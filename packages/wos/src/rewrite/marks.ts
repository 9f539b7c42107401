/** Places in the code at which the emitter does something else than copying. */
export const Mark = {
  /** A direct call; `operand` is the function called. */
  Call: 1,
  CallIndirect: 2,
  /** `operand` is how many blocks are open. */
  Return: 3,
  TailCall: 4,
  TailCallIndirect: 5,
  Throw: 6,
  RefFunc: 7,
  /** The head of a loop that something branches back to; `operand` is what one round costs. */
  Loop: 8,
  /** An instruction whose time depends on the number on top of the stack; `operand` is how far that is shifted to get units. */
  Bulk: 9,
  /** Where control arrives after a handler of everything has caught something. */
  Caught: 10,
  /** A loop whose head may be reached by something caught. */
  CaughtLoop: 11,
  /** Before the first call or loop on a path through the function. */
  Entry: 12,
  /** The head of a loop in each round of which the function calls itself; `operand` is what a round costs. */
  RecursiveLoop: 13,
  /** memory.grow: becomes a call of the function that notes refusals. */
  Grow: 14,
} as const;

const width = 4;

/** All marks of a module, in order, in one array: a module of a megabyte has some 50,000. */
export class Marks {
  #data = new Int32Array(4096);
  count = 0;

  /** @returns the number of the mark */
  add(kind: number, start: number, end: number, operand: number): number {
    if ((this.count + 1) * width > this.#data.length) {
      const larger = new Int32Array(this.#data.length * 2);
      larger.set(this.#data);
      this.#data = larger;
    }
    const at = this.count * width;
    this.#data[at] = kind;
    this.#data[at + 1] = start;
    this.#data[at + 2] = end;
    this.#data[at + 3] = operand;
    return this.count++;
  }

  kind(index: number): number {
    return this.#data[index * width] as number;
  }

  /** Where the marked instruction begins: byte of the module. */
  start(index: number): number {
    return this.#data[index * width + 1] as number;
  }

  end(index: number): number {
    return this.#data[index * width + 2] as number;
  }

  operand(index: number): number {
    return this.#data[index * width + 3] as number;
  }

  setOperand(index: number, operand: number): void {
    this.#data[index * width + 3] = operand;
  }

  setKind(index: number, kind: number): void {
    this.#data[index * width] = kind;
  }
}
