import type { Signal } from '@duende/core/contract';
import { RewriteCache } from '../rewrite/cache.ts';
import { rewriteModule } from '../rewrite/rewrite-module.ts';
import type { FromIsolate, IsolateBegin, ToIsolate } from './isolate-protocol.ts';
import { checkModule } from './module-check.ts';
import type { FromThread, ToThread } from './protocol.ts';
import { type ProcessState, Real, SharedTable, Word } from './shared-table.ts';
import { KernelThread } from './thread.ts';

/** Milliseconds between two reports of what changes often. */
const reportEvery = 20;
/** No limit of its own: the kernel has counted what it sends. */
const unlimited = 2 ** 30;

/** The OS process of one process: started by `Isolate`, with which it talks as a kernel thread does. */
class IsolatedProcess {
  readonly #table = new SharedTable(1);
  readonly #thread: KernelThread;
  readonly #pid: number;
  readonly #mail = { count: 0, bytes: 0 };
  #timer: NodeJS.Timeout | undefined;
  #reported = '';

  constructor({ plan, parent }: IsolateBegin) {
    const { pid, priority } = plan;
    this.#pid = pid;
    this.#table.setWord(pid, Word.Priority, priority);
    this.#table.setWord(pid, Word.MailCountMax, unlimited);
    this.#table.setWord(pid, Word.MailBytesMax, unlimited);
    this.#table.setWord(pid, Word.Parent, parent);
    this.#table.setState(pid, 'ready');
    this.#table.setWord(pid, Word.Pid, pid);
    const data = { index: -1, table: this.#table.buffer, size: 1, isAlone: true };
    this.#thread = new KernelThread(
      data,
      (message) => this.#post(message),
      () => this.#changed(),
    );
  }

  async begin({ bytes, memoryMax, kind, moduleCache, plan }: IsolateBegin): Promise<void> {
    try {
      const rewritten = moduleCache
        ? await new RewriteCache(moduleCache).get(bytes, { memoryMax })
        : rewriteModule(bytes, { memoryMax });
      const module = new WebAssembly.Module(rewritten.bytes);
      checkModule(WebAssembly.Module.imports(module), rewritten.hasStart, kind);
      this.#thread.receive({ type: 'module', id: plan.module, module });
      this.#thread.receive({ type: 'spawn', plan });
    } catch (error) {
      this.#post({ type: 'refused', pid: plan.pid, why: (error as Error).message });
    }
  }

  receive(message: ToThread): void {
    if (message.type === 'mail') {
      this.#mail.count++;
      this.#mail.bytes += message.bytes.length;
      this.#table.addWord(this.#pid, Word.MailCount, 1);
      this.#table.addWord(this.#pid, Word.MailBytes, message.bytes.length);
    }
    this.#thread.receive(message);
    this.#changed();
  }

  signal(signal: Signal): void {
    this.receive({ type: 'signal', pid: this.#pid, signal });
  }

  #post(message: FromThread): void {
    if (message.type === 'online') return;
    if (message.type !== 'output') this.#report();
    send(message);
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => this.#report(), reportEvery);
  }

  #report(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const table = this.#table;
    const pid = this.#pid;
    const state = table.state(pid);
    if (state === 'zombie' || state === 'free') return;
    const usage = {
      state: state as ProcessState,
      priority: table.word(pid, Word.Priority),
      openFiles: table.word(pid, Word.OpenFiles),
      memory: table.word(pid, Word.Memory) >>> 0,
      cpu: table.real(pid, Real.CpuMilliseconds),
      calls: table.real(pid, Real.Calls),
      preemptions: table.real(pid, Real.Preemptions),
      mailTaken: this.#mail.count - table.word(pid, Word.MailCount),
      mailBytesTaken: this.#mail.bytes - table.word(pid, Word.MailBytes),
    };
    const text = JSON.stringify(usage);
    if (text === this.#reported) return;
    this.#reported = text;
    send({ type: 'usage', ...usage });
  }
}

function send(message: FromIsolate): void {
  // The kernel is gone: so is this, in a moment.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

let isolated: IsolatedProcess | undefined;
process.on('disconnect', () => process.exit());
if (!process.connected) process.exit();
process.on('message', (message: ToIsolate) => {
  if (message.type === 'begin') {
    isolated = new IsolatedProcess(message);
    void isolated.begin(message);
  } else if (message.type === 'leave') process.exit();
  else isolated?.receive(message);
});
// Those of a terminal are the kernel's, which passes on what there is to pass on.
for (const name of ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(name, () => undefined);
process.on('SIGTERM', () => isolated?.signal('TERM'));
