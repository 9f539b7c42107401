import type { Cursor } from './cursor.ts';
import { isPlainType } from './immediates.ts';
import { unsupported } from './rewrite-error.ts';

/** A function's type: how many parameters, and the value types of its results. */
export interface FunctionType {
  readonly parameters: number;
  readonly results: Uint8Array;
}

function readValueTypes(types: Cursor): Uint8Array {
  const values = types.take(types.u32());
  if (!values.every(isPlainType)) throw unsupported('garbage-collected types');
  return values;
}

/** @throws RewriteError unsupported: a type that is no function's, or that has types of the GC proposal in it */
export function readTypes(section: Cursor): FunctionType[] {
  const types: FunctionType[] = [];
  for (let count = section.u32(); count > 0; count--) {
    const form = section.byte();
    if (form !== 0x60) throw unsupported('garbage-collected types');
    const parameters = readValueTypes(section).length;
    types.push({ parameters, results: readValueTypes(section) });
  }
  return types;
}
