import { skipBlockType, skipImmediates } from './immediates.ts';
import { Label } from './label-stack.ts';
import { Mark } from './marks.ts';
import { Op } from './opcodes.ts';
import type { ScanState } from './scan-state.ts';

/**
 * Exceptions, both the older instructions and those of WebAssembly 3. A handler of everything also catches what the kernel throws to
 * end the process; where it would go on, a check is placed.
 */
export function scanException(state: ScanState, op: number, start: number): void {
  const { code, labels, facts } = state;
  switch (op) {
    case Op.Throw:
    case Op.Rethrow:
    case Op.ThrowRef:
      if (op !== Op.ThrowRef) code.skipNumber();
      state.mark(Mark.Throw, start);
      labels.leave();
      return;
    case Op.Try:
      skipBlockType(code);
      facts.hasHandler = true;
      labels.push(Label.Block);
      return;
    case Op.Catch:
    case Op.CatchAll:
      if (op === Op.Catch) code.skipNumber();
      labels.alternative();
      if (op === Op.CatchAll) state.place(Mark.Caught, code.position);
      return;
    case Op.Delegate:
      code.skipNumber();
      state.end();
      return;
    default:
      skipImmediates(code, op);
  }
}

/** try_table, whose handlers are branches to labels outside of it. */
export function scanTryTable(state: ScanState): void {
  const { code, labels, marks, facts } = state;
  skipBlockType(code);
  facts.hasHandler = true;
  for (let handlers = code.u32(); handlers > 0; handlers--) {
    const catchesAll = code.byte() >= 2;
    if (!catchesAll) code.skipNumber();
    const depth = code.u32();
    state.branch(depth, 0);
    if (!catchesAll) continue;
    const loop = labels.loopMark(depth);
    if (loop >= 0) marks.setKind(loop, Mark.CaughtLoop);
    else if (depth === labels.depth - 1) facts.catchesAtEnd = true;
    else state.caughtAtEnd.add(labels.depth - 1 - depth);
  }
  labels.push(Label.Block);
}
