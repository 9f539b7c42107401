import { PlatformError } from '@duende/core/contract';
import type { Kernel, SpawnOptions } from '../kernel/index.ts';
import { wosError } from '../protocol/errors.ts';
import type { CheckedParams } from '../protocol/requests.ts';
import type { ProcessRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';

/** A process to be: what a client asked for, or the next run of a daemon. */
export interface Launch extends Omit<CheckedParams<'spawn'>, 'name' | 'log'> {
  readonly name: string;
  readonly log: { readonly folder: string; readonly maxSize?: number; readonly files?: number };
  readonly script?: SpawnOptions['script'];
  /** Gets the lines of sd_notify(3). */
  readonly notify?: (lines: string) => void;
  /** Told of its calls, from the first on. */
  readonly trace?: SpawnOptions['trace'];
  /** Of the daemon whose run it is. */
  readonly restarts: number;
  readonly daemon?: string;
}

/** Starts processes in the kernel, and records them. */
export class Launcher {
  readonly #kernel: Kernel;
  readonly #store: RecordStore;

  constructor(kernel: Kernel, store: RecordStore) {
    this.#kernel = kernel;
    this.#store = store;
  }

  /** @param id of its folder. @throws PlatformError Config, SpawnFailed */
  async launch(launch: Launch, id: string): Promise<ProcessRecord> {
    const { log, restarts, daemon, ...rest } = launch;
    const options = { ...rest, stdout: log, stderr: log } as SpawnOptions;
    const pid = await this.#kernel.spawn(options);
    const { args, priority, priorityName, startedAt, memory } = this.#kernel.status(pid);
    const record: ProcessRecord = {
      version: 1,
      id,
      pid,
      name: launch.name,
      module: launch.module,
      args: [...args],
      priority,
      priorityName,
      startedAt: new Date(startedAt).toISOString(),
      restarts,
      cpuTime: 0,
      memory,
      ...(daemon === undefined ? {} : { daemon, log: log.folder }),
    };
    try {
      this.#store.create(record);
    } catch (error) {
      // What is not on disk would be forgotten when the kernel is killed.
      this.#kill(pid);
      throw wosError('SpawnFailed', 'unavailable', `It cannot be recorded: ${(error as Error).message}`);
    }
    return record;
  }

  #kill(pid: number): void {
    try {
      this.#kernel.signalTree(pid, 'KILL');
    } catch (error) {
      if (!PlatformError.isInstance(error) || error.reason !== 'not-running') throw error;
    }
  }
}
