import type { Kernel, ProcessInfo } from '../kernel/index.ts';
import type { Managed } from './managed.ts';

/**
 * A process that another one has started. Nothing of it is on disk: it writes into the log of the one that the host has started,
 * and is as old as the memory of the kernel.
 */
export function childOf(kernel: Kernel, info: ProcessInfo, root: Managed | undefined): Managed {
  const { pid, name, args, priority, priorityName, cpuTime, memory, startedAt, endedAt, exit } = info;
  const log = root?.log ?? '';
  return {
    log,
    record: {
      ...{
        version: 1,
        id: `child-${pid}`,
        pid,
        name,
        args: [...args],
        priority,
        priorityName,
        cpuTime,
        memory,
      },
      startedAt: new Date(startedAt).toISOString(),
      restarts: 0,
      ...(endedAt === undefined ? {} : { endedAt: new Date(endedAt).toISOString() }),
      ...(exit === undefined ? {} : { exit }),
    },
    get ended() {
      return kernel.wait(pid);
    },
  };
}
