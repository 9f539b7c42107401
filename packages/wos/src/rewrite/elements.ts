import { copyConstant } from './constants.ts';
import type { Cursor } from './cursor.ts';
import { skipValueType } from './immediates.ts';
import { unsupported } from './rewrite-error.ts';
import { Writer } from './writer.ts';

/** Rewrites the segments that fill tables: functions get their new numbers. */
export function rewriteElements(section: Cursor, shift: (callee: number) => number): Writer {
  const out = new Writer(section.end + 64);
  const count = section.u32();
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const start = section.position;
    const flags = section.u32();
    if (flags > 7) throw unsupported(`a table segment of kind ${flags}`);
    const isActive = (flags & 0b001) === 0;
    const hasTable = isActive && (flags & 0b010) !== 0;
    const hasExpressions = (flags & 0b100) !== 0;
    if (hasTable) section.skipNumber();
    out.copy(section.bytes, start, section.position);
    if (isActive) copyConstant(section, out, shift);
    if ((flags & 0b011) !== 0) {
      const kind = section.position;
      if (hasExpressions) skipValueType(section);
      else section.byte();
      out.copy(section.bytes, kind, section.position);
    }
    const length = section.u32();
    out.u32(length);
    for (let item = 0; item < length; item++) {
      if (hasExpressions) copyConstant(section, out, shift);
      else out.u32(shift(section.u32()));
    }
  }
  return out;
}
