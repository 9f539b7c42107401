import type { Cursor } from './cursor.ts';
import { skipImmediates } from './immediates.ts';
import { Op } from './opcodes.ts';
import type { Writer } from './writer.ts';

/** Copies a constant expression, with its `end`; functions in it get their new numbers. */
export function copyConstant(section: Cursor, out: Writer, shift: (callee: number) => number): void {
  for (;;) {
    const start = section.position;
    const op = section.byte();
    if (op === Op.RefFunc) {
      const callee = section.u32();
      out.byte(Op.RefFunc);
      out.u32(shift(callee));
      continue;
    }
    if (op !== Op.End) skipImmediates(section, op);
    out.copy(section.bytes, start, section.position);
    if (op === Op.End) return;
  }
}
