import { PlatformError } from '@duende/core/contract';
import type { Kernel } from '../kernel/index.ts';

/** `(module (func (export "_start")))`, and nothing else. */
const emptyModule = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 10, 1, 6, 95, 115, 116, 97, 114, 116, 0, 0,
  10, 4, 1, 2, 0, 11,
]);

/**
 * Lets the kernel pass over one PID. Each kernel counts from 2, and has no other way to begin elsewhere: a process that is
 * refused where it would begin takes its number with it.
 */
export async function skipPid(kernel: Kernel): Promise<void> {
  try {
    // No directory is given to it, hence it can work in none.
    await kernel.spawn({ name: 'none', module: emptyModule, cwd: '/none' });
  } catch (error) {
    if (PlatformError.isInstance(error) && error.reason === 'exec-failed') return;
    throw error;
  }
}
