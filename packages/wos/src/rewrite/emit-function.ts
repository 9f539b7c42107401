import type { Accounting } from './call-graph.ts';
import type { CheckWriter } from './emit-check.ts';
import { Mark, type Marks } from './marks.ts';
import { i32, Op } from './opcodes.ts';
import type { ScannedFunction } from './scanned-function.ts';
import type { Writer } from './writer.ts';

/** What is known about a function besides its body. */
export interface FunctionContext {
  readonly source: Uint8Array;
  readonly marks: Marks;
  readonly out: Writer;
  readonly checks: CheckWriter;
  readonly accounting: Accounting;
  readonly parameters: number;
  /** Writes the block type of this function's results. */
  readonly writeResultBlock: () => void;
  readonly shift: (callee: number) => number;
  readonly usesFuel: (callee: number) => boolean;
  /** Number of the function that grows the memory. */
  readonly growFunction: number | undefined;
}

/**
 * Writes one body, from its local variables on.
 *
 * A function with repeated loops holds the fuel in a local variable, puts it back where it calls what uses fuel, and where it is left:
 * its body becomes a block, so that every branch out of it arrives at the place that does. One with handlers of exceptions does not,
 * since after a call that throws the variable would be stale.
 */
export function emitFunction(scanned: ScannedFunction, context: FunctionContext): void {
  const { source, marks, out, checks, accounting } = context;
  const { facts } = scanned;
  const { entryCharge, isLate } = accounting;
  const isLocal = facts.hasLoop && !facts.hasHandler;
  const needsFuel = facts.hasLoop || facts.hasBulk || entryCharge > 0;
  const fuel = context.parameters + scanned.locals;
  const size = fuel + 1;
  const counter = fuel + 2;
  const extra = needsFuel ? (isLate && facts.hasRecursiveLoop ? 3 : facts.hasBulk ? 2 : 1) : 0;
  const charge = (units: number) => {
    if (isLocal) checks.chargeLocal(units, fuel);
    else checks.chargeGlobal(units, fuel);
  };
  out.u32(scanned.localGroups + (extra > 0 ? 1 : 0));
  // The groups follow their number, whose encoding may be longer than it must.
  out.copy(source, scanned.groups, scanned.code);
  if (extra > 0) {
    out.u32(extra);
    out.byte(i32);
  }
  const isCharged = entryCharge > 0 && !isLate;
  if (isLocal && isCharged) checks.chargeLocal(entryCharge, fuel, 'global');
  else if (isLocal) checks.load(fuel);
  else if (isCharged) checks.chargeGlobal(entryCharge, fuel);
  const isWrapped = isLocal || facts.catchesAtEnd;
  if (isWrapped) {
    out.byte(Op.Block);
    context.writeResultBlock();
  }
  let copied = scanned.code;
  for (let mark = scanned.firstMark; mark < scanned.lastMark; mark++) {
    const kind = marks.kind(mark);
    const operand = marks.operand(mark);
    out.copy(source, copied, marks.start(mark));
    copied = marks.end(mark);
    switch (kind) {
      case Mark.Entry:
        if (isLate && entryCharge > 0) charge(entryCharge);
        break;
      case Mark.RecursiveLoop:
        // Where calls may return before they are charged, the loop counts.
        if (isLate) checks.count(operand, counter, charge);
        break;
      case Mark.Call:
        emitCall(operand);
        break;
      case Mark.CallIndirect:
        if (isLocal) checks.store(fuel);
        out.copy(source, marks.start(mark), copied);
        if (isLocal) checks.load(fuel);
        break;
      case Mark.Return:
        if (isLocal) checks.store(fuel);
        out.byte(Op.Return);
        break;
      case Mark.TailCall:
        if (isLocal) checks.store(fuel);
        out.byte(Op.ReturnCall);
        out.u32(context.shift(operand));
        break;
      case Mark.TailCallIndirect:
      case Mark.Throw:
        if (isLocal) checks.store(fuel);
        out.copy(source, marks.start(mark), copied);
        break;
      case Mark.Grow:
        out.byte(Op.Call);
        out.u32(context.growFunction as number);
        break;
      case Mark.RefFunc:
        out.byte(Op.RefFunc);
        out.u32(context.shift(operand));
        break;
      case Mark.CaughtLoop:
      case Mark.Loop:
        if (kind === Mark.CaughtLoop) checks.trapWhenEnded();
        if (operand > 0) charge(operand);
        break;
      case Mark.Bulk:
        checks.chargeTop(operand, size, fuel, isLocal ? 'local' : 'global');
        break;
      case Mark.Caught:
        checks.trapWhenEnded();
    }
  }
  out.copy(source, copied, scanned.end);
  if (!isWrapped) return;
  if (isLocal) checks.store(fuel);
  if (facts.catchesAtEnd) checks.trapWhenEnded();
  out.byte(Op.End);

  function emitCall(callee: number): void {
    const flushes = isLocal && context.usesFuel(callee);
    if (flushes) checks.store(fuel);
    out.byte(Op.Call);
    out.u32(context.shift(callee));
    if (flushes) checks.load(fuel);
  }
}
