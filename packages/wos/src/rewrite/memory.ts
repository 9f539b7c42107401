import type { Cursor } from './cursor.ts';
import { type Limits, readLimits } from './read-imports.ts';
import { RewriteError, unsupported } from './rewrite-error.ts';

/** Bytes of a page of memory. */
export const pageBytes = 65_536;

/** What 32-bit addresses reach. */
export const mostPages = 65_536;

/**
 * The memory with its maximum, which is also the bound of what a single instruction of memory.fill or memory.copy can do.
 * @param memoryMax bytes that it may grow to
 * @throws RewriteError unsupported: several memories; memory: the limit is no number of bytes, or the module needs more from the start
 */
export function limitMemory(section: Cursor, memoryMax = mostPages * pageBytes): Limits | undefined {
  if (!Number.isSafeInteger(memoryMax) || memoryMax < 0) {
    throw new RewriteError('memory', `Expected a number of bytes as limit of the memory, got ${memoryMax}`);
  }
  const count = section.u32();
  if (count === 0) return undefined;
  if (count > 1) throw unsupported(`${count} memories`);
  const { initial, maximum = mostPages } = readLimits(section, 'memory');
  const limit = Math.floor(memoryMax / pageBytes);
  if (initial > limit) {
    throw new RewriteError(
      'memory',
      `The module needs ${initial * pageBytes} bytes of memory from the start, more than its limit of ${memoryMax}: raise the limit`,
    );
  }
  return { initial, maximum: Math.min(maximum, limit) };
}
