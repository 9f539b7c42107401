import type { Signal } from '@duende/core/contract';
import type { ProcessExit } from './exit.ts';
import type { Preopen } from './protocol.ts';

/** A process that one is to start: checked against what its parent may. */
export interface ChildPlan {
  /** The module as a descriptor of this OS process; without it, the parent's own. */
  readonly module: number | undefined;
  /** The parent's without it. */
  readonly name: string | undefined;
  readonly args: readonly string[] | undefined;
  readonly env: readonly string[];
  readonly cwd: string | undefined;
  readonly priority: number;
  readonly preopens: readonly Preopen[];
  readonly net: { readonly listen: readonly string[]; readonly connect: readonly string[] };
  readonly spawn: boolean;
}

/** What a process asks of the kernel's main thread, which knows the others. */
export type GuestRequest =
  | { readonly type: 'spawn'; readonly plan: ChildPlan }
  /** @property child a PID; 0 is any. Answered once there is one that has ended, and at once with `poll` */
  | { readonly type: 'wait'; readonly child: number; readonly poll: boolean }
  /** Those of an OS process of its own, which does not see others: answered with `none` when it was done. */
  | { readonly type: 'kill'; readonly pid: number; readonly signal: Signal | undefined }
  | { readonly type: 'mail'; readonly pid: number; readonly bytes: Uint8Array }
  /** Of a wait: it is answered now, if it was not. */
  | { readonly type: 'stop-waiting'; readonly wait: number };

export type GuestAnswer =
  | { readonly type: 'spawned'; readonly pid: number }
  | { readonly type: 'ended'; readonly pid: number; readonly exit: ProcessExit }
  | { readonly type: 'none' }
  | { readonly type: 'error'; readonly errno: number };
