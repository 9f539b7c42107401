import { PlatformError } from '@duende/core/contract';
import type { Kernel, LoadedModule, SpawnOptions } from '../kernel/index.ts';
import { wosError } from '../protocol/errors.ts';
import type { CheckedParams } from '../protocol/requests.ts';
import { skipPid } from './pid-gap.ts';
import type { ProcessRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';

/** Starts processes in the kernel, with PIDs that no record has, and records them. */
export class Launcher {
  readonly #kernel: Kernel;
  readonly #store: RecordStore;
  readonly #isTaken: (pid: number) => boolean;
  #lastPid = 1;
  /** Numbers are given one at a time, so that the next one is known. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(kernel: Kernel, store: RecordStore, isTaken: (pid: number) => boolean) {
    this.#kernel = kernel;
    this.#store = store;
    this.#isTaken = isTaken;
  }

  /**
   * @param begun told of the process before another one begins
   * @throws PlatformError Config, SpawnFailed
   */
  async launch(
    params: CheckedParams<'spawn'>,
    name: string,
    id: string,
    begun: (record: ProcessRecord) => void,
  ): Promise<void> {
    // Compiled before its turn: others need not wait for that.
    const memoryMax = params.limits?.memoryMax;
    const options = Number.isInteger(memoryMax) ? { memoryMax: memoryMax as number } : {};
    const loaded = await this.#kernel.load(params.module, options);
    const turn = this.#turn.then(async () => begun(await this.#begin(params, loaded, name, id)));
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  async #begin(
    params: CheckedParams<'spawn'>,
    loaded: LoadedModule,
    name: string,
    id: string,
  ): Promise<ProcessRecord> {
    while (this.#isTaken(this.#lastPid + 1)) {
      await skipPid(this.#kernel);
      this.#lastPid++;
    }
    const { log: limits, module, name: _, ...rest } = params;
    const target = { folder: this.#store.log(id), ...limits };
    const options = { ...rest, name, stdout: target, stderr: target } as Omit<SpawnOptions, 'module'>;
    const pid = await this.#kernel.spawn({ ...options, module: loaded }).catch((error: unknown) => {
      // So many others were loaded meanwhile that it is not kept any more.
      if (PlatformError.isInstance(error) && error.reason === 'not-found')
        return this.#kernel.spawn({ ...options, module });
      throw error;
    });
    this.#lastPid = pid;
    const { args, priority, priorityName, startedAt, memory } = this.#kernel.status(pid);
    const record: ProcessRecord = {
      version: 1,
      id,
      pid,
      name,
      module,
      args: [...args],
      priority,
      priorityName,
      startedAt: new Date(startedAt).toISOString(),
      restarts: 0,
      cpuTime: 0,
      memory,
    };
    try {
      this.#store.write(record);
    } catch (error) {
      // What is not on disk would be forgotten when the kernel is killed.
      if (this.#kernel.status(pid).exit === undefined) this.#kernel.signal(pid, 'KILL');
      throw wosError('SpawnFailed', 'unavailable', `It cannot be recorded: ${(error as Error).message}`);
    }
    return record;
  }
}
