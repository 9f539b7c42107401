import type { Cursor } from './cursor.ts';
import { skipBlockType, skipImmediates, skipMisc, skipValueType } from './immediates.ts';
import { Label } from './label-stack.ts';
import { Mark, type Marks } from './marks.ts';
import { Misc, Op } from './opcodes.ts';
import { scanException, scanTryTable } from './scan-exceptions.ts';
import { damaged, ScanState } from './scan-state.ts';
import type { ScannedFunction } from './scanned-function.ts';

/** Units for growing a memory, which makes the engine call the system. */
const growthCost = 200;

const bulkOps = new Set<number>(Object.values(Misc));
const tableOps = new Set<number>([Misc.TableInit, Misc.TableCopy, Misc.TableGrow, Misc.TableFill]);

/** Reads function bodies and marks what the emitter changes. */
export class FunctionScanner {
  readonly #code: Cursor;
  readonly #state: ScanState;

  constructor(code: Cursor, marks: Marks) {
    this.#code = code;
    this.#state = new ScanState(code, marks);
  }

  /** Reads the body at the cursor, with its size. @param self number of the function */
  scan(self: number): ScannedFunction {
    const code = this.#code;
    const { labels, marks } = this.#state;
    const size = code.u32();
    const end = code.position + size;
    let locals = 0;
    const localGroups = code.u32();
    const groups = code.position;
    for (let group = 0; group < localGroups; group++) {
      locals += code.u32();
      skipValueType(code);
    }
    const first = code.position;
    const firstMark = marks.count;
    this.#state.begin(self);
    const { region } = labels;
    while (labels.depth > 0) this.#instruction();
    if (code.position !== end) throw damaged(first);
    const { count, cost } = region;
    const { facts } = this.#state;
    return {
      groups,
      code: first,
      end,
      localGroups,
      locals,
      firstMark,
      lastMark: marks.count,
      count,
      cost,
      facts,
    };
  }

  #instruction(): void {
    const code = this.#code;
    const state = this.#state;
    const start = code.position;
    const op = code.byte();
    const { region, flow } = state.labels;
    region.cost += flow;
    region.count++;
    if (op > Op.TryTable && op < Op.RefFunc) {
      skipImmediates(code, op);
      if (op !== Op.MemoryGrow) return;
      region.cost += flow * growthCost;
      region.count += growthCost;
      state.facts.growsMemory = true;
      state.mark(Mark.Grow, start);
    } else if (op === Op.Misc) this.#misc(start);
    else if (op === Op.RefFunc) this.#reference(start);
    else if (op === Op.TryTable) scanTryTable(state);
    else if (op < Op.Block || op > Op.CatchAll) skipImmediates(code, op);
    else this.#control(op, start);
  }

  #control(op: number, start: number): void {
    const code = this.#code;
    const state = this.#state;
    const { labels } = state;
    switch (op) {
      case Op.Block:
      case Op.If:
        skipBlockType(code);
        labels.push(op === Op.If ? Label.If : Label.Block);
        return;
      case Op.Loop:
        state.enter(start);
        skipBlockType(code);
        labels.pushLoop(state.place(Mark.Loop, code.position));
        return;
      case Op.Else:
        labels.alternative();
        return;
      case Op.End:
        state.end();
        return;
      case Op.Br:
        state.branch(code.u32(), labels.flow);
        labels.leave();
        return;
      case Op.BrIf:
        this.#branchIf(code.u32());
        return;
      case Op.BrTable:
        this.#branchTable();
        return;
      case Op.Return:
        state.mark(Mark.Return, start);
        labels.leave();
        return;
      case Op.Call:
      case Op.ReturnCall:
      case Op.CallIndirect:
      case Op.ReturnCallIndirect:
        this.#call(op, start);
        return;
      default:
        scanException(state, op, start);
    }
  }

  #call(op: number, start: number): void {
    const code = this.#code;
    const { labels } = this.#state;
    this.#state.enter(start);
    const callee = code.u32();
    if (op === Op.CallIndirect || op === Op.ReturnCallIndirect) {
      code.skipNumber();
      this.#state.mark(op === Op.CallIndirect ? Mark.CallIndirect : Mark.TailCallIndirect, start);
    } else this.#state.mark(op === Op.Call ? Mark.Call : Mark.TailCall, start, callee);
    // A function that calls itself is charged for that: at the entry, or on its way to calls and loops.
    if (op === Op.Call && callee === this.#state.self) labels.pass();
    if (op === Op.ReturnCall || op === Op.ReturnCallIndirect) labels.leave();
  }

  #branchIf(depth: number): void {
    const { labels } = this.#state;
    const half = labels.flow / 2;
    this.#state.branch(depth, half);
    labels.flow = half;
  }

  #branchTable(): void {
    const code = this.#code;
    const { labels } = this.#state;
    const targets = code.u32() + 1;
    for (let target = 0; target < targets; target++) this.#state.branch(code.u32(), labels.flow / targets);
    labels.leave();
  }

  #reference(start: number): void {
    const callee = this.#code.u32();
    this.#state.mark(Mark.RefFunc, start, callee);
  }

  #misc(start: number): void {
    const op = this.#code.u32();
    skipMisc(this.#code, op);
    if (!bulkOps.has(op)) return;
    this.#state.facts.hasBulk = true;
    // The engine writes some 8 bytes of memory in the time of an instruction.
    this.#state.place(Mark.Bulk, start, tableOps.has(op) ? 0 : 3);
  }
}
