import type { Cursor } from './cursor.ts';
import { LabelStack } from './label-stack.ts';
import { Mark, type Marks } from './marks.ts';
import { RewriteError } from './rewrite-error.ts';
import { type FunctionFacts, noFacts } from './scanned-function.ts';

/** More than this one round of a loop is never charged for, whatever the estimate. */
const mostPerRound = 1 << 20;

/** What is known of the function that is being scanned, up to the cursor. */
export class ScanState {
  readonly code: Cursor;
  readonly marks: Marks;
  readonly labels = new LabelStack();
  /** Open blocks, by number, at whose end something arrives that was caught. */
  readonly caughtAtEnd = new Set<number>();
  facts: FunctionFacts = { ...noFacts };
  /** Number of the function. */
  self = -1;

  constructor(code: Cursor, marks: Marks) {
    this.code = code;
    this.marks = marks;
  }

  begin(self: number): void {
    this.self = self;
    this.facts = { ...noFacts };
    this.caughtAtEnd.clear();
    this.labels.reset();
  }

  /** Marks the instruction from `start` to the cursor. */
  mark(kind: number, start: number, operand = 0): void {
    this.marks.add(kind, start, this.code.position, operand);
  }

  /** Marks a place for something to be inserted. @returns the number of the mark */
  place(kind: number, position: number, operand = 0): number {
    return this.marks.add(kind, position, position, operand);
  }

  /** @throws RewriteError invalid: there is no such label */
  branch(depth: number, share: number): void {
    if (!this.labels.branch(depth, share)) throw damaged(this.code.position);
  }

  /** A place where the entry can be charged: what returns before it, such as a leaf of a recursion, then costs nothing. */
  enter(start: number): void {
    if (!this.labels.isUnchecked) return;
    this.place(Mark.Entry, start);
    this.facts.entries++;
    this.labels.pass();
  }

  /** The end of a block, of whatever kind. */
  end(): void {
    const { labels, code } = this;
    const closed = labels.pop();
    if (this.caughtAtEnd.delete(labels.depth)) this.place(Mark.Caught, code.position);
    if (closed === undefined || closed.region.mark < 0) return;
    const { region, entry } = closed;
    if (region.isRepeated) this.#repeated(region.mark, region.cost / entry, region.isUnchecked);
    if (region.isUnchecked) return;
    labels.region.cost += region.cost;
    labels.region.count += region.count;
  }

  #repeated(mark: number, cost: number, isUnchecked: boolean): void {
    this.marks.setOperand(mark, Math.min(Math.max(Math.round(cost), 1), mostPerRound));
    if (isUnchecked) {
      this.facts.hasLoop = true;
      return;
    }
    this.facts.hasRecursiveLoop = true;
    if (this.marks.kind(mark) === Mark.Loop) this.marks.setKind(mark, Mark.RecursiveLoop);
  }
}

export function damaged(position: number): RewriteError {
  return new RewriteError(
    'invalid',
    `The module is damaged: the code at byte ${position} is not well formed`,
  );
}
