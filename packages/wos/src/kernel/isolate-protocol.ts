import type { ModuleKind } from './module-store.ts';
import type { FromThread, ProcessPlan, ToThread } from './protocol.ts';
import type { ProcessState } from './shared-table.ts';

/** What an OS process is made for. */
export interface IsolateBegin {
  readonly type: 'begin';
  readonly bytes: Uint8Array;
  readonly memoryMax: number;
  readonly kind: ModuleKind;
  /** Folder of rewritten modules. */
  readonly moduleCache: string | undefined;
  readonly parent: number;
  readonly plan: ProcessPlan;
}

/** What the table says of it. */
export interface IsolateUsage {
  readonly type: 'usage';
  readonly state: ProcessState;
  readonly priority: number;
  readonly openFiles: number;
  readonly memory: number;
  /** Milliseconds. */
  readonly cpu: number;
  readonly calls: number;
  readonly preemptions: number;
  /** Messages, and their bytes, that it has taken out of its mailbox until now. */
  readonly mailTaken: number;
  readonly mailBytesTaken: number;
}

export type ToIsolate = IsolateBegin | ToThread | { readonly type: 'leave' };
export type FromIsolate = Exclude<FromThread, { type: 'online' }> | IsolateUsage;
