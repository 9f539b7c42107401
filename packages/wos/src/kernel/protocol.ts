import type { Signal } from '@duende/core/contract';
import type { ScriptNews, ScriptPlan } from '../js/engine/script.ts';
import type { ProcessExit } from './exit.ts';
import type { GuestAnswer, GuestRequest } from './guest-request.ts';
import type { LogTarget } from './log-writer.ts';
import type { TraceEvent } from './trace.ts';

/** Where output goes: nowhere, to the host, or into a log. */
export type OutputTarget = 'ignore' | 'host' | LogTarget;

export interface Preopen {
  /** What the process calls it. */
  readonly guest: string;
  /** A directory of the host. */
  readonly host: string;
  /** Whether it may be changed. */
  readonly write: boolean;
  /** The directory as a descriptor of this OS process: `host` is then only what it is called. */
  readonly descriptor?: number;
}

/** A process as a thread is told to make it: checked already. */
export interface ProcessPlan {
  readonly pid: number;
  /** The process of the host's that it descends from: its family shares a CPU quota. */
  readonly root: number;
  readonly module: number;
  /** Of a process that runs a script: its module is QuickJS. */
  readonly script: ScriptPlan | undefined;
  readonly priority: number;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string | undefined;
  readonly preopens: readonly Preopen[];
  readonly net: {
    readonly listen: readonly string[];
    readonly connect: readonly string[];
    readonly open: readonly string[];
  };
  /** Whether it may start processes. */
  readonly spawn: boolean;
  /** From its first call on. */
  readonly traced: boolean;
  readonly openFiles: number;
  readonly cpuQuota: number | undefined;
  readonly cpuTime: number | undefined;
  readonly stdin: 'ignore' | 'host';
  readonly stdout: OutputTarget;
  readonly stderr: OutputTarget;
}

export type ToThread =
  | { readonly type: 'module'; readonly id: number; readonly module: WebAssembly.Module }
  | { readonly type: 'forget-module'; readonly id: number }
  | { readonly type: 'spawn'; readonly plan: ProcessPlan }
  | { readonly type: 'signal'; readonly pid: number; readonly signal: Signal }
  | { readonly type: 'renice'; readonly pid: number; readonly priority: number }
  | { readonly type: 'trace'; readonly pid: number; readonly on: boolean }
  /** Its parent has ended: init is its parent now. */
  | { readonly type: 'adopted'; readonly pid: number }
  | { readonly type: 'answer'; readonly id: number; readonly answer: GuestAnswer }
  | { readonly type: 'ask-health'; readonly pid: number; readonly id: number }
  | { readonly type: 'mail'; readonly pid: number; readonly from: number; readonly bytes: Uint8Array }
  | { readonly type: 'input'; readonly pid: number; readonly bytes: Uint8Array | undefined }
  | {
      readonly type: 'acknowledge';
      readonly pid: number;
      readonly stream: OutputName;
      readonly bytes: number;
    }
  | {
      readonly type: 'peer';
      readonly thread: number;
      readonly port: import('node:worker_threads').MessagePort;
    };

export type OutputName = 'stdout' | 'stderr';

export type FromThread =
  | { readonly type: 'online' }
  | { readonly type: 'spawned'; readonly pid: number }
  | { readonly type: 'refused'; readonly pid: number; readonly why: string }
  | { readonly type: 'ended'; readonly pid: number; readonly exit: ProcessExit; readonly memory: number }
  | { readonly type: 'output'; readonly pid: number; readonly stream: OutputName; readonly bytes: Uint8Array }
  | { readonly type: 'news'; readonly pid: number; readonly news: ScriptNews }
  | { readonly type: 'consumed'; readonly pid: number; readonly bytes: number }
  | { readonly type: 'traced'; readonly pid: number; readonly events: readonly TraceEvent[] }
  | { readonly type: 'log-blocked'; readonly pid: number; readonly why: string | undefined }
  | {
      readonly type: 'request';
      readonly pid: number;
      readonly id: number;
      readonly request: GuestRequest;
    }
  /** A message for a process that is on no thread. */
  | { readonly type: 'mail'; readonly pid: number; readonly from: number; readonly bytes: Uint8Array }
  /** A process sends a signal to another, which may be on another thread. */
  | { readonly type: 'signal'; readonly pid: number; readonly signal: Signal };

export interface ThreadData {
  readonly index: number;
  readonly table: SharedArrayBuffer;
  readonly size: number;
  /** It has an OS process of its own: other processes are only reached through the main thread. */
  readonly isAlone?: boolean;
}
