import { PlatformError } from '@duende/core/contract';
import type { Kernel } from '../kernel/index.ts';
import type { ExitDocument, ProcessDocument } from '../protocol/documents.ts';
import { wosError } from '../protocol/errors.ts';
import type { CheckedParams } from '../protocol/requests.ts';
import { type Launch, Launcher } from './launcher.ts';
import { isLive, type Managed } from './managed.ts';
import { checkName, nameOf } from './names.ts';
import { missing, ProcessTable } from './process-table.ts';
import type { ProcessRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';

/** Ended processes of which the record and the log are kept. */
const mostEnded = 256;

/** Starts processes, and keeps what is known of them on disk until they are forgotten. */
export class Processes {
  readonly table: ProcessTable;
  readonly #kernel: Kernel;
  readonly #store: RecordStore;
  /** Names of those that run, and of those that are being made. */
  readonly #names = new Set<string>();
  readonly #changed: () => void;
  readonly #launcher: Launcher;

  constructor(kernel: Kernel, store: RecordStore, former: readonly ProcessRecord[], changed: () => void) {
    this.table = new ProcessTable(kernel);
    this.#kernel = kernel;
    this.#store = store;
    this.#changed = changed;
    this.#launcher = new Launcher(kernel, store);
    for (const record of former.toSorted((one, other) => endOf(one) - endOf(other))) {
      const log = record.log ?? store.log(record.id);
      this.table.put({ record, log, ended: Promise.resolve(exitOf(record)) });
    }
    this.#forgetOld();
  }

  /** @throws PlatformError Config, SpawnFailed; nothing is left of it then */
  async spawn({ log, name: wanted, ...params }: CheckedParams<'spawn'>): Promise<ProcessDocument> {
    const name = wanted ?? nameOf(params.module, (taken) => this.#names.has(taken));
    checkName(name);
    this.#take(name);
    const id = this.#make(name, true);
    const target = { folder: this.#store.log(id), ...log } as Launch['log'];
    const { record } = await this.#launch({ ...params, name, log: target, restarts: 0 }, id);
    return this.table.describe({ pid: record.pid });
  }

  /** The next run of a daemon, which has its own log. @throws as `spawn()` */
  async start(launch: Launch): Promise<Managed> {
    this.#take(launch.name);
    return await this.#launch(launch, this.#make(launch.name, false));
  }

  #take(name: string): void {
    if (this.#names.has(name)) {
      throw wosError('SpawnFailed', 'already-exists', `A process named ${name} runs already`, {
        hint: `Choose another --name, or end it: wos-ctl terminate --name ${name}`,
        operation: 'spawn',
      });
    }
    this.#names.add(name);
  }

  #make(name: string, withLog: boolean): string {
    try {
      return this.#store.make(withLog);
    } catch (error) {
      this.#names.delete(name);
      const message = `Its folder cannot be made: ${(error as Error).message}`;
      throw wosError('SpawnFailed', 'unavailable', message, { operation: 'spawn', cause: error });
    }
  }

  async #launch(launch: Launch, id: string): Promise<Managed> {
    try {
      const record = await this.#launcher.launch(launch, id);
      const { pid } = record;
      // Of a former kernel, when numbers began anew.
      this.discard(pid);
      const managed = { record, log: launch.log.folder, ended: this.#watch(pid) };
      this.table.put(managed);
      return managed;
    } catch (error) {
      this.#names.delete(launch.name);
      this.#store.remove(id);
      throw error;
    } finally {
      this.#changed();
    }
  }

  async #watch(pid: number): Promise<ExitDocument> {
    const exit = await this.#kernel.wait(pid);
    const managed = this.table.own(pid) as Managed;
    const { cpuTime, memory, endedAt = Date.now(), priority, priorityName } = this.#kernel.status(pid);
    const end = { exit, cpuTime, memory, priority, priorityName, endedAt: new Date(endedAt).toISOString() };
    managed.record = { ...managed.record, ...end };
    this.table.put(managed);
    this.#names.delete(managed.record.name);
    try {
      this.#store.write(managed.record);
    } catch (error) {
      process.stderr.write(`wosd: The end of ${pid} cannot be recorded: ${(error as Error).message}\n`);
    }
    this.#forgetOld();
    this.#changed();
    return exit;
  }

  #forgetOld(): void {
    for (const pid of this.table.endedBefore(mostEnded)) this.discard(pid);
  }

  /** Forgets a process that has ended, if it is known and nothing that it has left writes into its log. */
  discard(pid: number): void {
    if (this.#kernel.descendants(pid).length > 0) return;
    const managed = this.table.take(pid);
    if (managed !== undefined) this.#store.forget(managed.record.id);
  }

  /** @throws PlatformError StatusFailed / not-found, Config when it runs */
  remove(pid: number): void {
    const managed = this.table.own(pid) ?? missing(`process ${pid}`);
    const [child] = isLive(managed) ? [] : this.#kernel.descendants(pid);
    if (isLive(managed) || child !== undefined) {
      const what = child === undefined ? '' : `, or what it has started, ${child}`;
      throw new PlatformError('Config', `The process ${pid} runs${what}`, {
        reason: 'already-exists',
        platform: 'wos',
        operation: 'remove',
        hint: `End it first: wos-ctl terminate --pid ${child ?? pid}`,
      });
    }
    this.#store.remove(managed.record.id);
    this.table.take(pid);
  }
}

const endOf = ({ endedAt, startedAt }: ProcessRecord): number => Date.parse(endedAt ?? startedAt);

const exitOf = ({ exit }: ProcessRecord): ExitDocument => exit ?? { signal: 'SIGKILL' };
