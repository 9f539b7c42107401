import type { Cursor } from './cursor.ts';
import { emptyBlock } from './opcodes.ts';
import { unsupported } from './rewrite-error.ts';

/** Alignment and offset; bit 6 of the alignment announces the number of a memory. */
function skipMemoryArgument(code: Cursor): void {
  if ((code.u32() & 0x40) !== 0) code.skipNumber();
  code.skipNumber();
}

/** Numbers, vectors, and the references that need no types of their own. Anything else is of the GC proposal. */
export function isPlainType(type: number): boolean {
  return (type >= 0x7b && type <= 0x7f) || type === 0x70 || type === 0x6f || type === 0x69;
}

/** @throws RewriteError unsupported: a type of the GC proposal */
export function skipValueType(code: Cursor): void {
  if (!isPlainType(code.byte())) throw unsupported('garbage-collected types');
}

/** @throws RewriteError unsupported: a type of the GC proposal */
export function skipBlockType(code: Cursor): void {
  const first = code.byte();
  // The number of a type is not negative, which bit 6 of its last byte says.
  if (first === emptyBlock || isPlainType(first)) return;
  if (first < 0x40) return;
  if (first < 0x80) throw unsupported('garbage-collected types');
  code.skipNumber();
}

function skipVector(code: Cursor): void {
  const op = code.u32();
  if (op <= 11 || op === 92 || op === 93) skipMemoryArgument(code);
  else if (op === 12 || op === 13) code.skip(16);
  else if (op >= 21 && op <= 34) code.skip(1);
  else if (op >= 84 && op <= 91) {
    skipMemoryArgument(code);
    code.skip(1);
  } else if (op > 0x114) throw unsupported(`vector instruction ${op}`);
}

/** Atomic instructions are harmless on a memory that is not shared: waiting on one traps. */
function skipAtomic(code: Cursor): void {
  const op = code.u32();
  if (op === 3) code.skip(1);
  else if (op <= 0x4e) skipMemoryArgument(code);
  else throw unsupported(`atomic instruction ${op}`);
}

/** Immediates after prefix 0xfc. */
export function skipMisc(code: Cursor, op: number): void {
  if (op <= 7) return;
  if (op === 8 || op === 10 || op === 12 || op === 14) {
    code.skipNumber();
    code.skipNumber();
  } else if (op <= 17) code.skipNumber();
  else throw unsupported(`instruction 0xfc ${op}`);
}

/**
 * Passes the immediates of an instruction that is neither control flow nor of prefix 0xfc, the scanner's own.
 * @throws RewriteError unsupported: an instruction that it does not know, by number
 */
export function skipImmediates(code: Cursor, op: number): void {
  if (op >= 0x45 && op <= 0xc4) return;
  if (op >= 0x20 && op <= 0x26) code.skipNumber();
  else if (op >= 0x28 && op <= 0x3e) skipMemoryArgument(code);
  else if (op === 0x3f || op === 0x40 || op === 0x41 || op === 0x42) code.skipNumber();
  else if (op === 0x43) code.skip(4);
  else if (op === 0x44) code.skip(8);
  else if (op === 0x1c) for (let count = code.u32(); count > 0; count--) skipValueType(code);
  else if (op === 0xd0) code.skipNumber();
  else if (op === 0xfd) skipVector(code);
  else if (op === 0xfe) skipAtomic(code);
  else if (op === 0x14 || op === 0x15) throw unsupported('typed function references');
  else if (op === 0xfb || (op >= 0xd3 && op <= 0xd6)) throw unsupported('garbage-collected types');
  // unreachable, nop, drop, select, ref.is_null
  else if (op > 0x01 && op !== 0x1a && op !== 0x1b && op !== 0xd1)
    throw unsupported(`instruction 0x${op.toString(16)}`);
}
