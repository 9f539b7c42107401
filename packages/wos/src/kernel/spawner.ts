import { PlatformError } from '@duende/core/contract';
import type { ChildPlan } from './guest-request.ts';
import type { ModuleStore, StoredModule } from './module-store.ts';
import type { CheckedSpawn } from './options.ts';
import type { Place, Places } from './places.ts';
import type { ProcessRecord } from './process-info.ts';
import type { ProcessList } from './process-list.ts';
import { planOf } from './process-plan.ts';
import type { FromThread, Preopen } from './protocol.ts';
import { sendSignal } from './send-signal.ts';
import { type SharedTable, Word } from './shared-table.ts';

const refused = (reason: 'exec-failed' | 'not-found' | 'unavailable', message: string) =>
  new PlatformError('SpawnFailed', message, { reason, platform: 'wos', operation: 'spawn' });

/** As the host gives one: a descriptor is open only while the process is made. */
const shown = ({ guest, host, write }: Preopen): Preopen => ({ guest, host, write });

/** Of whom a process is to be. */
interface Family {
  readonly parent: ProcessRecord | undefined;
  readonly byProcess: boolean;
}

/** Makes processes: a number, a place, and an instance there. */
export class Spawner {
  readonly #table: SharedTable;
  readonly #list: ProcessList;
  readonly #places: Places;
  readonly #modules: ModuleStore;
  readonly #waiting = new Map<number, (why: string | undefined) => void>();

  constructor(table: SharedTable, list: ProcessList, places: Places, modules: ModuleStore) {
    this.#table = table;
    this.#list = list;
    this.#places = places;
    this.#modules = modules;
  }

  /** For the host. @throws PlatformError SpawnFailed */
  async spawn(options: CheckedSpawn): Promise<number> {
    const kind = options.script === undefined ? 'program' : 'script';
    const { memoryMax } = options.limits;
    const isolated = options.isolation === 'process';
    const module = isolated
      ? await this.#modules.source(options.module)
      : await this.#modules.get(options.module, memoryMax, kind);
    if (!isolated) await this.#places.provide();
    const parent = options.parent === 1 ? undefined : this.#parent(options.parent);
    const place = isolated
      ? this.#places.isolated({ kind, memoryMax, parent: options.parent })
      : this.#places.least();
    return this.#begin(options, module, place, { parent, byProcess: false });
  }

  #parent(pid: number): ProcessRecord {
    const parent = this.#list.live(pid);
    if (parent === undefined) throw refused('not-found', `There is no parent ${pid}`);
    if (parent.exit !== undefined) throw refused('not-found', `The parent ${pid} has ended`);
    return parent;
  }

  /**
   * For a process, with its output and its limits.
   * @throws PlatformError SpawnFailed: unavailable (as many as there may be), not-found (it has ended), exec-failed
   */
  async spawnChild(parent: ProcessRecord, plan: ChildPlan): Promise<number> {
    const { limits, stdout, stderr } = parent.options;
    const module =
      plan.module === undefined
        ? await this.#modules.renew(parent.module as StoredModule, limits.memoryMax)
        : await this.#modules.get(`/proc/self/fd/${plan.module}`, limits.memoryMax);
    // What they have together is on one thread.
    const isTied = limits.cpuQuota !== undefined || [stdout, stderr].some((to) => typeof to === 'object');
    if (!isTied) await this.#places.provide();
    // It may have ended meanwhile.
    if (parent.exit || parent.doomed) throw refused('not-found', `The parent ${parent.pid} has ended`);
    if (this.#list.familySize(parent.root) >= limits.processes)
      throw refused('unavailable', `As many processes as limits.processes allows: ${limits.processes}`);
    const { name = parent.name, args, env, cwd, priority, preopens, net, spawn } = plan;
    const capabilities = { preopens: [...preopens], net: { ...net, open: [] }, spawn };
    const options = {
      ...{ name, args, env, cwd, priority, capabilities, limits, stdout, stderr, module: '' },
      ...{ parent: parent.pid, stdin: 'ignore', isolation: 'shared', script: undefined, notify: undefined },
      trace: parent.tracesFamily === true ? parent.trace : undefined,
    } as unknown as CheckedSpawn;
    const place = isTied ? parent.place : this.#places.least();
    const pid = await this.#begin(options, module, place, { parent, byProcess: true });
    const record = this.#list.live(pid);
    if (record && (parent.doomed || parent.frozen)) sendSignal(record, parent.doomed ? 'KILL' : 'STOP', true);
    return pid;
  }

  async #begin(options: CheckedSpawn, module: StoredModule, place: Place, family: Family): Promise<number> {
    const pid = this.#list.allocate();
    if (pid === undefined) {
      throw refused('unavailable', `There are as many processes as there may be: ${this.#list.size}`);
    }
    if (!place.isUsable) throw refused('unavailable', 'No kernel thread is left: boot the kernel again');
    const record = this.#enter(pid, place, options, module, family);
    const settled = new Promise<string | undefined>((settle) => this.#waiting.set(pid, settle));
    place.begin(module, planOf(pid, record.root, module, options));
    const why = await settled;
    if (why === undefined) return pid;
    this.#list.discard(pid);
    place.left();
    throw refused('exec-failed', why);
  }

  #enter(
    pid: number,
    place: Place,
    options: CheckedSpawn,
    module: StoredModule,
    { parent, byProcess }: Family,
  ): ProcessRecord {
    const { name, args, priority, limits, capabilities, stdout, stderr, script, notify, trace } = options;
    const [above, root] = [parent?.pid ?? 1, parent?.root ?? pid];
    const table = this.#table;
    table.clear(pid);
    table.setWord(pid, Word.Priority, priority);
    table.setWord(pid, Word.MailCountMax, limits.mailboxCount);
    table.setWord(pid, Word.MailBytesMax, limits.mailboxBytes);
    table.setWord(pid, Word.Thread, place.index);
    table.setWord(pid, Word.Parent, above);
    table.setWord(pid, Word.Ancestor, above);
    table.setState(pid, 'ready');
    table.setWord(pid, Word.Pid, pid);
    place.entered();
    const record: ProcessRecord = {
      ...{ pid, name, place, module, byProcess, root, notify, trace, tracesFamily: trace !== undefined },
      startedAt: Date.now(),
      args: args ?? [name],
      options: {
        capabilities: { ...capabilities, preopens: capabilities.preopens.map(shown) },
        limits,
        stdout,
        stderr,
      },
      isScript: script !== undefined,
      questions: new Map(),
      children: new Set(),
      offspring: new Set(),
      childWaits: new Map(),
      waiters: [],
      input: [],
      parent: above,
      ancestor: above,
    };
    this.#list.add(record);
    return record;
  }

  /** @returns false when nobody waits for that */
  settle(message: Extract<FromThread, { type: 'spawned' | 'refused' }>): boolean {
    this.#waiting.get(message.pid)?.(message.type === 'refused' ? message.why : undefined);
    return this.#waiting.delete(message.pid);
  }
}
