import type { Kernel } from '../kernel/index.ts';

/** What a process that has ended has left does not outlive it: resolves when all of that has ended. */
export async function endFamily(kernel: Kernel, pid: number): Promise<void> {
  for (let left = kernel.descendants(pid); left.length > 0; left = kernel.descendants(pid)) {
    kernel.signalTree(pid, 'KILL');
    // One that is not remembered any more has ended.
    await Promise.allSettled(left.map((each) => kernel.wait(each)));
  }
}
