import type { Capabilities, DaemonHandle, DaemonSpecInput, PlatformAdapter } from '@duende/core';
import type { AdapterHarness, ProbeProvider } from './harness.ts';
import { type OtherProcess, startOtherProcess } from './other-process.ts';
import type { Step } from './other-process-steps.ts';
import type { Tracker } from './tracker.ts';

export type ProgramInput = Extract<DaemonSpecInput, { program: string }>;

/** What a clause works with. Everything it makes through this is removed afterwards. */
export interface ClauseContext {
  readonly harness: AdapterHarness;
  readonly probe: ProbeProvider;
  /** This clause's own client. */
  readonly adapter: PlatformAdapter;
  readonly capabilities: Capabilities;
  /** Aborted when the clause has run out of time. */
  readonly signal: AbortSignal;
  /** A name that nothing else has, remembered for the cleanup. */
  name(): string;
  /** A spec of a probe daemon with a new name. */
  define(commands: readonly string[], overrides?: Partial<ProgramInput>): Promise<ProgramInput>;
  /** Spawns a probe daemon. */
  spawn(commands: readonly string[], overrides?: Partial<ProgramInput>): Promise<DaemonHandle>;
  /** Another client in this process. */
  client(): Promise<PlatformAdapter>;
  /** Starts another process that does these steps with its own client, and then exits. */
  start(steps: readonly Step[], environment?: Readonly<Record<string, string>>): OtherProcess;
  /** The results of `start`, once that process has exited. */
  elsewhere(steps: readonly Step[], environment?: Readonly<Record<string, string>>): Promise<unknown[]>;
}

export interface ContextOptions {
  readonly harness: AdapterHarness;
  readonly probe: ProbeProvider;
  readonly adapter: PlatformAdapter;
  readonly tracker: Tracker;
  readonly signal: AbortSignal;
  readonly prefix: string;
}

export function createContext(options: ContextOptions): ClauseContext {
  const { harness, probe, adapter, tracker, signal, prefix } = options;
  let count = 0;
  const name = (): string => {
    count += 1;
    return tracker.name(`${prefix}-${count}`);
  };
  const define: ClauseContext['define'] = async (commands, overrides = {}) => {
    const { program, args, platform } = await probe.program(commands);
    return {
      name: overrides.name ?? name(),
      program,
      args,
      stopTimeout: 2000,
      ...(platform && { platform }),
      ...overrides,
    };
  };
  const start: ClauseContext['start'] = (steps, environment = {}) =>
    startOtherProcess(harness, steps, { environment, signal });
  return {
    harness,
    probe,
    adapter,
    capabilities: adapter.capabilities,
    signal,
    name,
    define,
    spawn: async (commands, overrides) => adapter.spawn(await define(commands, overrides)),
    client: async () => tracker.client(await harness.create()),
    start,
    elsewhere: (steps, environment) => start(steps, environment).finished,
  };
}
