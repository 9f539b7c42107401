import type { DescriptorTable } from './descriptor.ts';
import type { GuestMemory } from './guest-memory.ts';

/** What a blocked call resolves to when a signal handler ran meanwhile: the call then fails with EINTR. */
export const interrupted = Symbol('interrupted');

/** What the system calls need of the process that makes them. */
export interface WasiProcess {
  readonly pid: number;
  readonly memory: GuestMemory;
  readonly descriptors: DescriptorTable;
  /** Each with the NUL at its end. */
  readonly args: readonly Uint8Array[];
  readonly env: readonly Uint8Array[];
  /** Milliseconds of CPU time until this moment. */
  cpuTime(): number;
  /**
   * Suspends the process until `wake` is called (once; later calls do nothing) or a signal handler has run. `start` returns
   * what undoes it, called when it ends in another way: the process is killed or interrupted.
   */
  block<T>(start: (wake: (value: T) => void) => () => void): Promise<T | typeof interrupted>;
  /** Suspends it until `milliseconds` of performance.now(). */
  sleepUntil(deadline: number, wake: () => void): () => void;
  /** Lets others run. */
  yield(): Promise<void>;
  exit(code: number): never;
}

/**
 * A system call: its arguments as WebAssembly gives them (i32 signed, i64 as bigint) to an error number, or to a promise of one
 * when it has to wait. May throw a WasiError or an error of Node's.
 */
export type Call<P extends WasiProcess = WasiProcess> = (
  process: P,
  ...args: never[]
) => number | undefined | Promise<number>;

export interface CallDefinition {
  /** Names of the arguments, for traces. */
  readonly args: readonly string[];
  readonly call: Call;
  /** It may have to wait, or takes so long that the process's slice may be over afterwards. */
  readonly blocks?: true;
  /** What it returns is what was asked for, not an error number. */
  readonly returnsValue?: true;
}
