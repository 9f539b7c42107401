import type { DescriptorTable } from '../wasi/descriptor.ts';
import type { ProcessExit } from './exit.ts';
import type { Mailbox } from './mailbox.ts';
import type { Process } from './process.ts';
import type { CpuQuota } from './quota.ts';
import type { Scheduler } from './scheduler.ts';
import type { TimerQueue } from './timers.ts';

/** What a process is made of, before it runs. */
export interface ProcessParts {
  readonly pid: number;
  readonly priority: number;
  readonly args: readonly Uint8Array[];
  readonly env: readonly Uint8Array[];
  readonly descriptors: DescriptorTable;
  readonly mailbox: Mailbox;
  readonly quota: CpuQuota | undefined;
  /** Milliseconds of CPU time after which it is ended. */
  readonly cpuTime: number | undefined;
  readonly maySpawn: boolean;
  readonly net: { readonly listen: readonly string[]; readonly connect: readonly string[] };
}

/** What a process needs of the thread that it is on. */
export interface ProcessHost {
  readonly scheduler: Scheduler;
  readonly timers: TimerQueue;
  /** It has ended, whatever the reason; called once. */
  ended(process: Process, exit: ProcessExit): void;
}
