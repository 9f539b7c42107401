import { CallGraph } from './call-graph.ts';
import { Cursor } from './cursor.ts';
import { type Additions, CheckWriter } from './emit-check.ts';
import { emitFunction } from './emit-function.ts';
import { growBody } from './emit-grow.ts';
import { Marks } from './marks.ts';
import { emptyBlock } from './opcodes.ts';
import type { FunctionType } from './read-types.ts';
import { FunctionScanner } from './scan-function.ts';
import type { ScannedFunction } from './scanned-function.ts';
import { Writer } from './writer.ts';

export interface ScannedCode {
  readonly source: Uint8Array;
  readonly functions: readonly ScannedFunction[];
  readonly marks: Marks;
}

export interface RewrittenCode {
  readonly code: Writer;
  /** Content of the custom section metadata.code.branch_hint. */
  readonly hints: Writer;
}

/** Reads all function bodies. @param imported number of imported functions */
export function scanCode(section: Uint8Array, imported: number): ScannedCode {
  const code = new Cursor(section);
  const marks = new Marks();
  const scanner = new FunctionScanner(code, marks);
  const functions: ScannedFunction[] = [];
  const count = code.u32();
  for (let index = 0; index < count; index++) functions.push(scanner.scan(imported + index));
  return { source: section, functions, marks };
}

/**
 * Writes all function bodies with checks in them.
 * @param types of the functions that are not imported
 * @param imported number of imported functions
 * @param resultType number of the type without parameters that has these results, more than one
 */
export function rewriteCode(
  { source, functions, marks }: ScannedCode,
  types: readonly FunctionType[],
  imported: number,
  additions: Additions,
  resultType: (results: Uint8Array) => number,
): RewrittenCode {
  const graph = new CallGraph(functions, marks, imported);
  const code = new Writer(source.length * 2);
  const hinted = new Writer();
  const out = new Writer(65_536);
  const checks = new CheckWriter(out, additions);
  const shift = (callee: number) => (callee < imported ? callee : callee + 1);
  const usesFuel = (callee: number) => graph.usesFuel(callee);
  let hintedFunctions = 0;
  code.u32(functions.length + (additions.growth ? 1 : 0));
  for (const [index, scanned] of functions.entries()) {
    const { parameters, results } = types[index] as FunctionType;
    const writeResultBlock = () => {
      if (results.length === 0) out.byte(emptyBlock);
      else if (results.length === 1) out.raw(results);
      else out.s32(resultType(results));
    };
    const accounting = graph.accounting(index);
    out.clear();
    checks.coldBranches.length = 0;
    emitFunction(scanned, {
      source,
      marks,
      out,
      checks,
      accounting,
      parameters,
      writeResultBlock,
      shift,
      usesFuel,
      growFunction: additions.growth?.growFunction,
    });
    code.sized(out.written);
    if (checks.coldBranches.length === 0) continue;
    hintedFunctions++;
    writeHints(hinted, shift(imported + index), checks.coldBranches);
  }
  if (additions.growth) code.sized(growBody(additions.growth.refusedGlobal));
  const hints = new Writer(hinted.length + 64);
  hints.text('metadata.code.branch_hint');
  hints.u32(hintedFunctions);
  hints.raw(hinted.written);
  return { code, hints };
}

/** The branch hints of a function: all say `unlikely`, so that the engine keeps the calls of the kernel out of the way. */
function writeHints(out: Writer, index: number, branches: readonly number[]): void {
  out.u32(index);
  out.u32(branches.length);
  for (const offset of branches) {
    out.u32(offset);
    out.u32(1);
    out.byte(0);
  }
}
