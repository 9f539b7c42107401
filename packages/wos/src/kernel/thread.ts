import type { MessagePort } from 'node:worker_threads';
import type { Signal } from '@duende/core/contract';
import { makeScriptImports } from '../js/engine/imports.ts';
import { PreparedScripts } from '../js/engine/prepared.ts';
import type { ScriptNews } from '../js/engine/script.ts';
import { wasiCalls } from '../wasi/index.ts';
import { assemble } from './assemble.ts';
import { makeWosCalls } from './calls-wos.ts';
import type { ProcessExit } from './exit.ts';
import type { GuestAnswer, GuestRequest } from './guest-request.ts';
import { makeImports } from './imports.ts';
import { instantiate } from './instantiate.ts';
import { reserveMail } from './mailbox.ts';
import type { Process } from './process.ts';
import type { ProcessHost } from './process-parts.ts';
import type { FromThread, ProcessPlan, ThreadData, ToThread } from './protocol.ts';
import { type Entry, Reporter } from './reporter.ts';
import { Scheduler } from './scheduler.ts';
import { SharedResources } from './shared-resources.ts';
import { Real, SharedTable, Word } from './shared-table.ts';
import { deliverSignal } from './signals.ts';
import { ThreadRequests } from './thread-requests.ts';
import type { ThreadServices } from './thread-services.ts';
import { TimerQueue } from './timers.ts';
import type { TraceEvent } from './trace.ts';

type ForProcess = Exclude<
  ToThread,
  { type: 'module' | 'forget-module' | 'spawn' | 'adopted' | 'answer' | 'peer' }
>;

/** One kernel thread: its processes, and what it is told about them. */
export class KernelThread implements ProcessHost, ThreadServices {
  readonly timers = new TimerQueue();
  readonly scheduler: Scheduler;
  readonly #table: SharedTable;
  readonly #post: (message: FromThread) => void;
  readonly #index: number;
  readonly #modules = new Map<number, WebAssembly.Module>();
  readonly #entries = new Map<number, Entry>();
  readonly #prepared = new Map<number, PreparedScripts>();
  readonly #peers = new Map<number, MessagePort>();
  readonly #imports: Record<string, Record<string, unknown>>;
  readonly #reporter: Reporter;
  readonly #shared = new SharedResources();
  readonly #requests: ThreadRequests;
  /** What is for processes that are just being made. */
  readonly #early = new Map<number, ForProcess[]>();
  readonly isAlone: boolean;

  /** @param changed told when something may have changed in the table */
  constructor(data: ThreadData, post: (message: FromThread) => void, changed?: () => void) {
    this.isAlone = data.isAlone === true;
    this.#requests = new ThreadRequests(post);
    this.#index = data.index;
    this.#table = new SharedTable(data.size, data.table);
    this.#post = post;
    this.#reporter = new Reporter(post, this.timers);
    this.scheduler = new Scheduler(this.#table, this.timers, ({ pid }) => {
      this.#reporter.afterSlice(this.#entries.get(pid));
      changed?.();
    });
    this.#imports = this.#makeImports();
  }

  #makeImports(): Record<string, Record<string, unknown>> {
    const current = () => this.scheduler.current as Process;
    const around = {
      table: this.#table,
      current,
      traced: (event: TraceEvent) => this.#reporter.trace(event),
    };
    const preempt = () => {
      const process = current();
      this.#table.addReal(process.pid, Real.Preemptions, 1);
      return process.yield();
    };
    const wasi = makeImports(wasiCalls, around);
    const wos = makeImports(makeWosCalls(this), around);
    return {
      wasi_snapshot_preview1: wasi,
      env: makeScriptImports(around),
      wos: { ...wos, preempt: new WebAssembly.Suspending(preempt) },
    };
  }

  receive(message: ToThread): void {
    switch (message.type) {
      case 'module':
        this.#modules.set(message.id, message.module);
        break;
      case 'forget-module':
        this.#modules.delete(message.id);
        this.#prepared.delete(message.id);
        break;
      case 'spawn':
        void this.#spawn(message.plan);
        break;
      case 'answer':
        this.#requests.settle(message.id, message.answer);
        break;
      case 'adopted':
        if (this.#table.holds(message.pid)) this.#table.setWord(message.pid, Word.Parent, 1);
        break;
      case 'peer':
        this.#peers.set(message.thread, message.port);
        message.port.on('message', (mail) => this.#put(mail.from, mail.pid, mail.bytes));
        break;
      default:
        this.#tell(message);
    }
  }

  #tell(message: ForProcess): void {
    const entry = this.#entries.get(message.pid);
    if (entry === undefined) this.#early.get(message.pid)?.push(message);
    // It may have ended while the message was on its way.
    if (entry === undefined || entry.process.ended) return;
    switch (message.type) {
      case 'signal':
        deliverSignal(entry.process, message.signal, this.scheduler);
        return;
      case 'renice':
        this.scheduler.renice(entry.process, message.priority);
        return;
      case 'trace':
        entry.process.tracing = message.on;
        return;
      case 'ask-health':
        entry.process.script?.push({ type: 'health', id: message.id });
        return;
      case 'mail':
        entry.process.mailbox.put({ from: message.from, bytes: message.bytes });
        return;
      case 'input':
        entry.input?.push(message.bytes);
        return;
      case 'acknowledge':
        entry.outputs.acknowledge(message.stream, message.bytes);
    }
  }

  async #spawn(plan: ProcessPlan): Promise<void> {
    this.#early.set(plan.pid, []);
    try {
      const entry = await assemble(plan, this, this.#table, this.#shared, this.#post);
      this.#entries.set(plan.pid, { ...entry, root: plan.root });
      try {
        const { pid, script } = plan;
        const tell = (news: ScriptNews) => this.#post({ type: 'news', pid, news });
        const module = this.#modules.get(plan.module) as WebAssembly.Module;
        instantiate(
          entry.process,
          module,
          this.#imports,
          script && {
            plan: script,
            tell,
            prepared: this.#preparedOf(plan.module),
          },
        );
      } catch (error) {
        this.#entries.delete(plan.pid);
        entry.process.descriptors.closeAll();
        entry.outputs.close();
        if (entry.process.quota) this.#shared.leaveQuota(plan.root);
        throw new Error(`The module cannot be started: ${(error as Error).message}`, { cause: error });
      }
      this.#table.setWord(plan.pid, Word.Memory, entry.process.memorySize | 0);
      this.#table.setWord(plan.pid, Word.OpenFiles, entry.process.descriptors.open);
      this.#post({ type: 'spawned', pid: plan.pid });
    } catch (error) {
      this.#post({ type: 'refused', pid: plan.pid, why: (error as Error).message });
    }
    const early = this.#early.get(plan.pid);
    this.#early.delete(plan.pid);
    for (const message of early ?? []) this.#tell(message);
  }

  #preparedOf(module: number): PreparedScripts {
    const found = this.#prepared.get(module) ?? new PreparedScripts();
    this.#prepared.set(module, found);
    return found;
  }

  ended(process: Process, exit: ProcessExit): void {
    const entry = this.#entries.get(process.pid);
    if (entry === undefined) return;
    const memory = process.memorySize;
    process.descriptors.closeAll();
    if (process.quota) this.#shared.leaveQuota(entry.root);
    this.#table.setState(process.pid, 'zombie');
    this.#table.setWord(process.pid, Word.Memory, 0);
    this.#reporter.ended(entry, exit, memory, () => this.#entries.delete(process.pid));
  }

  parentOf(pid: number): number | undefined {
    return this.#table.holds(pid) ? this.#table.word(pid, Word.Parent) : undefined;
  }

  notify(pid: number, text: string): void {
    this.#post({ type: 'news', pid, news: { type: 'notify', text } });
  }

  ancestorOf(pid: number): number | undefined {
    return this.#table.holds(pid) ? this.#table.word(pid, Word.Ancestor) : undefined;
  }

  ask(pid: number, request: GuestRequest): { id: number; answer: Promise<GuestAnswer> } {
    return this.#requests.ask(pid, request);
  }

  signal(pid: number, signal: Signal): void {
    if (this.#entries.has(pid)) this.#tell({ type: 'signal', pid, signal });
    else this.#post({ type: 'signal', pid, signal });
  }

  mail(from: number, to: number, bytes: Uint8Array): 'ok' | 'full' | 'too-big' | 'gone' {
    const reserved = reserveMail(this.#table, to, bytes.length);
    if (reserved !== 'ok') return reserved;
    const thread = this.#table.word(to, Word.Thread);
    const copy = bytes.slice();
    if (thread === this.#index) this.#put(from, to, copy);
    else if (thread < 0) this.#post({ type: 'mail', pid: to, from, bytes: copy });
    else this.#peers.get(thread)?.postMessage({ from, pid: to, bytes: copy });
    return 'ok';
  }

  #put(from: number, pid: number, bytes: Uint8Array): void {
    this.#tell({ type: 'mail', pid, from, bytes });
  }
}
