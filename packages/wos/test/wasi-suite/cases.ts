import type { Step } from './steps.ts';

/** A case of WebAssembly/wasi-testsuite: its behaviour in our words, and what it is run with. */
export interface SuiteCase {
  readonly steps: readonly Step[];
  /** What is in memory from the beginning, and where. */
  readonly memory?: readonly [at: number, bytes: Uint8Array];
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  readonly stdout?: string;
  readonly exitCode?: number;
}

export type Cases = Readonly<Record<string, readonly Step[] | SuiteCase>>;
