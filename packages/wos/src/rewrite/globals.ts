import { copyConstant } from './constants.ts';
import type { Cursor } from './cursor.ts';
import { skipValueType } from './immediates.ts';
import { i32, Op } from './opcodes.ts';
import { Writer } from './writer.ts';

/** Number of globals that the module itself defines. */
export const countEntries = (section: Cursor): number => section.u32();

/** Rewrites the globals and appends `added` mutable ones of type i32 that begin at 0. */
export function rewriteGlobals(section: Cursor, added: number, shift: (callee: number) => number): Writer {
  const out = new Writer(section.end + 64);
  const count = section.u32();
  out.u32(count + added);
  for (let index = 0; index < count; index++) {
    const start = section.position;
    skipValueType(section);
    section.byte();
    out.copy(section.bytes, start, section.position);
    copyConstant(section, out, shift);
  }
  for (let index = 0; index < added; index++) {
    for (const byte of [i32, 1, Op.I32Const, 0, Op.End]) out.byte(byte);
  }
  return out;
}
