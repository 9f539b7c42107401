import { emptyBlock, i32, Op } from './opcodes.ts';
import { Writer } from './writer.ts';

/** The type of the function that grows the memory: pages to the former size, or -1. */
export const growType = { parameters: Uint8Array.of(i32), results: Uint8Array.of(i32) } as const;

/** The body of a function that does what memory.grow does, and sets a global when that is refused. */
export function growBody(refusedGlobal: number): Uint8Array {
  const out = new Writer();
  out.u32(0);
  out.raw(Uint8Array.of(Op.LocalGet, 0, Op.MemoryGrow, 0, Op.LocalTee, 0));
  out.raw(Uint8Array.of(Op.I32Const, 0x7f, Op.I32Eq, Op.If, emptyBlock, Op.I32Const, 1, Op.GlobalSet));
  out.u32(refusedGlobal);
  out.raw(Uint8Array.of(Op.End, Op.LocalGet, 0, Op.End));
  return out.written.slice();
}
