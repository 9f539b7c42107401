import { PlatformError } from '@duende/core/contract';
import type { Kernel } from '../kernel/index.ts';
import type { ExitDocument, ProcessDocument } from '../protocol/documents.ts';
import { wosError } from '../protocol/errors.ts';
import type { CheckedParams } from '../protocol/requests.ts';
import { Launcher } from './launcher.ts';
import { describeManaged, isLive, type Managed } from './managed.ts';
import { checkName, isNamed, nameOf } from './names.ts';
import type { ProcessRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';

/** Ended processes of which the record and the log are kept. */
const mostEnded = 256;

/** The processes of the kernel with what is kept of them on disk, those of former kernels included. */
export class Processes {
  readonly #kernel: Kernel;
  readonly #store: RecordStore;
  readonly #byPid = new Map<number, Managed>();
  /** Names of those that run, and of those that are being made. */
  readonly #names = new Set<string>();
  readonly #changed: () => void;
  readonly #launcher: Launcher;

  constructor(kernel: Kernel, store: RecordStore, former: readonly ProcessRecord[], changed: () => void) {
    this.#kernel = kernel;
    this.#store = store;
    this.#changed = changed;
    this.#launcher = new Launcher(kernel, store, (pid) => this.#byPid.has(pid));
    for (const record of former) {
      this.#byPid.set(record.pid, {
        record,
        log: store.log(record.id),
        ended: Promise.resolve(exitOf(record)),
      });
    }
    this.#forgetOld();
  }

  get live(): Managed[] {
    return [...this.#byPid.values()].filter(isLive);
  }

  /** @throws PlatformError Config, SpawnFailed; nothing is left of it then */
  async spawn(params: CheckedParams<'spawn'>): Promise<ProcessDocument> {
    const name = params.name ?? nameOf(params.module, (taken) => this.#names.has(taken));
    checkName(name);
    if (this.#names.has(name)) {
      throw wosError('SpawnFailed', 'already-exists', `A process named ${name} runs already`, {
        hint: `Choose another --name, or end it: wos-ctl terminate --name ${name}`,
        operation: 'spawn',
      });
    }
    this.#names.add(name);
    const id = this.#make(name);
    try {
      let pid = 0;
      await this.#launcher.launch(params, name, id, (record) => {
        pid = record.pid;
        this.#byPid.set(pid, { record, log: this.#store.log(id), ended: this.#watch(pid) });
      });
      return this.describe({ pid });
    } catch (error) {
      this.#names.delete(name);
      this.#store.remove(id);
      throw error;
    } finally {
      this.#changed();
    }
  }

  #make(name: string): string {
    try {
      return this.#store.make();
    } catch (error) {
      this.#names.delete(name);
      const message = `Its folder cannot be made: ${(error as Error).message}`;
      throw wosError('SpawnFailed', 'unavailable', message, { operation: 'spawn', cause: error });
    }
  }

  async #watch(pid: number): Promise<ExitDocument> {
    const exit = await this.#kernel.wait(pid);
    const managed = this.#byPid.get(pid) as Managed;
    const { cpuTime, memory, endedAt = Date.now(), priority, priorityName } = this.#kernel.status(pid);
    const end = { exit, cpuTime, memory, priority, priorityName, endedAt: new Date(endedAt).toISOString() };
    managed.record = { ...managed.record, ...end };
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
    const ended = [...this.#byPid.values()].filter((managed) => !isLive(managed));
    if (ended.length <= mostEnded) return;
    const byEnd = ended.sort((one, other) => endOf(one) - endOf(other));
    for (const { record } of byEnd.slice(0, ended.length - mostEnded)) this.#forget(record);
  }

  #forget({ pid, id }: ProcessRecord): void {
    this.#byPid.delete(pid);
    this.#store.remove(id);
  }

  list(all: boolean): ProcessDocument[] {
    return [...this.#byPid.values()]
      .filter((managed) => all || isLive(managed))
      .map((managed) => describeManaged(this.#kernel, managed))
      .sort((one, other) => one.pid - other.pid);
  }

  /** @throws PlatformError StatusFailed / not-found */
  find(wanted: { readonly pid: number } | { readonly name: string }): Managed {
    if ('pid' in wanted) return this.#byPid.get(wanted.pid) ?? missing(`process ${wanted.pid}`);
    const named = [...this.#byPid.values()].filter(({ record }) => isNamed(record.name, wanted.name));
    const found = named.find(isLive) ?? named.sort((one, other) => endOf(other) - endOf(one))[0];
    return found ?? missing(`process ${JSON.stringify(wanted.name)}`);
  }

  describe(wanted: { readonly pid: number } | { readonly name: string }): ProcessDocument {
    return describeManaged(this.#kernel, this.find(wanted));
  }

  /** @throws PlatformError StatusFailed / not-found, or not-running: it has ended, in this kernel or in one before */
  running(pid: number, operation: string): Managed {
    const managed = this.find({ pid });
    if (isLive(managed)) return managed;
    throw wosError('SignalFailed', 'not-running', `The process ${pid} has ended`, { operation });
  }

  /** @throws PlatformError StatusFailed / not-found, Config when it runs */
  remove(pid: number): void {
    const managed = this.find({ pid });
    if (isLive(managed)) {
      throw new PlatformError('Config', `The process ${pid} runs`, {
        reason: 'already-exists',
        platform: 'wos',
        operation: 'remove',
        hint: `End it first: wos-ctl terminate --pid ${pid}`,
      });
    }
    this.#forget(managed.record);
  }
}

const endOf = ({ record }: Managed): number => Date.parse(record.endedAt ?? record.startedAt);

const exitOf = ({ exit }: ProcessRecord): ExitDocument => exit ?? { signal: 'SIGKILL' };

function missing(what: string): never {
  throw wosError('StatusFailed', 'not-found', `There is no ${what}`, {
    hint: 'List them with: wos-ctl ps --all',
  });
}
