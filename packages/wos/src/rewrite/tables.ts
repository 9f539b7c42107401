import { copyConstant } from './constants.ts';
import type { Cursor } from './cursor.ts';
import { skipValueType } from './immediates.ts';
import { type Limits, readLimits } from './read-imports.ts';
import { RewriteError } from './rewrite-error.ts';
import { Writer } from './writer.ts';

/**
 * Entries that all tables of a module may have at the start, and may get by growing. An entry takes some 24 bytes of the kernel, which
 * the limit of the process's memory does not count.
 */
export const mostTableEntries = 1_000_000;

/** The marker before a table with an initial value. */
const withValue = 0x40;

/**
 * Rewrites the tables: each gets a maximum.
 * @throws RewriteError too-large: the tables have too many entries
 */
export function rewriteTables(section: Cursor, shift: (callee: number) => number): Writer {
  const out = new Writer();
  const count = section.u32();
  out.u32(count);
  const mayGrow = Math.floor(mostTableEntries / Math.max(count, 1));
  let entries = 0;
  for (let index = 0; index < count; index++) {
    const start = section.position;
    const hasValue = section.bytes[start] === withValue;
    if (hasValue) section.skip(2);
    skipValueType(section);
    out.copy(section.bytes, start, section.position);
    const limits = readLimits(section, 'table');
    entries += limits.initial;
    writeLimits(out, { initial: limits.initial, maximum: least(limits.maximum, limits.initial + mayGrow) });
    if (hasValue) copyConstant(section, out, shift);
  }
  if (entries > mostTableEntries) {
    throw new RewriteError(
      'too-large',
      `The module's tables have ${entries} entries, more than the ${mostTableEntries} that are taken`,
    );
  }
  return out;
}

export function writeLimits(out: Writer, { initial, maximum }: Limits): void {
  out.byte(maximum === undefined ? 0 : 1);
  out.u32(initial);
  if (maximum !== undefined) out.u32(maximum);
}

const least = (own: number | undefined, limit: number): number => Math.min(own ?? limit, limit);
