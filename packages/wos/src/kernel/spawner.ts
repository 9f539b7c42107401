import { PlatformError } from '@duende/core/contract';
import type { ModuleStore, StoredModule } from './module-store.ts';
import type { CheckedSpawn } from './options.ts';
import type { ProcessList } from './process-list.ts';
import type { FromThread, OutputTarget, ProcessPlan } from './protocol.ts';
import { type SharedTable, Word } from './shared-table.ts';
import type { Threads } from './threads.ts';

/** Milliseconds for which a count of busy processes is good. */
const sampleAge = 50;

const refused = (reason: 'exec-failed' | 'not-found' | 'unavailable', message: string) =>
  new PlatformError('SpawnFailed', message, { reason, platform: 'wos', operation: 'spawn' });

/** Makes processes: a number, a place on a thread, and an instance there. */
export class Spawner {
  readonly #table: SharedTable;
  readonly #list: ProcessList;
  readonly #threads: Threads;
  readonly #modules: ModuleStore;
  readonly #waiting = new Map<number, { thread: number; settle: (why: string | undefined) => void }>();
  /** Which modules each thread has. */
  readonly #sent: Set<number>[] = [];
  #busy: number[] = [];
  #sampledAt = Number.NEGATIVE_INFINITY;

  constructor(table: SharedTable, list: ProcessList, threads: Threads, modules: ModuleStore) {
    this.#table = table;
    this.#list = list;
    this.#threads = threads;
    this.#modules = modules;
  }

  /** @throws PlatformError SpawnFailed */
  async spawn(options: CheckedSpawn): Promise<number> {
    const module = await this.#modules.get(
      options.module,
      options.limits.memoryMax,
      options.script === undefined ? 'program' : 'script',
    );
    const { parent } = options;
    if (parent !== 1 && (this.#list.live(parent)?.exit ?? 'none') !== 'none')
      throw refused('not-found', `The parent ${parent} has ended`);
    if (parent !== 1 && this.#list.live(parent) === undefined)
      throw refused('not-found', `There is no parent ${parent}`);
    const pid = this.#list.allocate();
    if (pid === undefined)
      throw refused('unavailable', `There are as many processes as there may be: ${this.#list.size}`);
    const thread = this.#place();
    if (!this.#threads.isUsable(thread))
      throw refused('unavailable', 'No kernel thread is left: boot the kernel again');
    this.#enter(pid, thread, options);
    this.#send(thread, module, plan(pid, module, options));
    const why = await new Promise<string | undefined>((settle) => this.#waiting.set(pid, { thread, settle }));
    if (why === undefined) return pid;
    this.#list.discard(pid);
    this.#threads.removed(thread);
    throw refused('exec-failed', why);
  }

  #enter(pid: number, thread: number, { name, args, parent, priority, limits, ...rest }: CheckedSpawn): void {
    const table = this.#table;
    table.clear(pid);
    table.setWord(pid, Word.Priority, priority);
    table.setWord(pid, Word.MailCountMax, limits.mailboxCount);
    table.setWord(pid, Word.MailBytesMax, limits.mailboxBytes);
    table.setWord(pid, Word.Thread, thread);
    table.setWord(pid, Word.Parent, parent);
    table.setState(pid, 'ready');
    table.setWord(pid, Word.Pid, pid);
    this.#threads.added(thread);
    this.#list.add({
      pid,
      name,
      thread,
      parent,
      startedAt: Date.now(),
      args: args ?? [name],
      options: { capabilities: rest.capabilities, limits, stdout: rest.stdout, stderr: rest.stderr },
      isScript: rest.script !== undefined,
      notify: rest.notify,
      questions: new Map(),
      children: new Set(),
      waiters: [],
      input: [],
    });
  }

  #send(thread: number, { id, module }: StoredModule, plan: ProcessPlan): void {
    this.#sent[thread] ??= new Set();
    if (!this.#sent[thread].has(id)) {
      this.#sent[thread].add(id);
      this.#threads.send(thread, { type: 'module', id, module });
    }
    this.#threads.send(thread, { type: 'spawn', plan });
  }

  /** Counting looks at all processes: not for each of many spawns. */
  #place(): number {
    const now = performance.now();
    if (this.#threads.count > 1 && now - this.#sampledAt > sampleAge) {
      this.#sampledAt = now;
      this.#busy = [];
      for (const { pid, thread } of this.#list.all()) {
        const state = this.#table.state(pid);
        if (state === 'ready' || state === 'running') this.#busy[thread] = (this.#busy[thread] ?? 0) + 1;
      }
    }
    return this.#threads.leastLoaded(this.#busy);
  }

  settle(message: Extract<FromThread, { type: 'spawned' | 'refused' }>): void {
    const waiting = this.#waiting.get(message.pid);
    this.#waiting.delete(message.pid);
    waiting?.settle(message.type === 'refused' ? message.why : undefined);
  }

  /** A module is not kept any more. */
  forget(id: number): void {
    for (const sent of this.#sent) sent?.delete(id);
    this.#threads.sendAll({ type: 'forget-module', id });
  }

  /** A thread was replaced: it knows nothing. */
  lost(thread: number, why: string): void {
    this.#sent[thread]?.clear();
    for (const [pid, waiting] of this.#waiting) {
      if (waiting.thread !== thread) continue;
      this.#waiting.delete(pid);
      waiting.settle(`its kernel thread was lost: ${why}`);
    }
  }
}

const target = (output: CheckedSpawn['stdout']): OutputTarget =>
  typeof output === 'function' ? 'host' : output;

function plan(pid: number, module: StoredModule, options: CheckedSpawn): ProcessPlan {
  const { capabilities, limits } = options;
  return {
    pid,
    module: module.id,
    script: options.script,
    priority: options.priority,
    args: options.args ?? [options.name],
    env: options.env,
    cwd: options.cwd,
    preopens: capabilities.preopens,
    net: capabilities.net,
    openFiles: limits.openFiles,
    cpuQuota: limits.cpuQuota,
    cpuTime: limits.cpuTime,
    stdin: options.stdin,
    stdout: target(options.stdout),
    stderr: target(options.stderr),
  };
}
