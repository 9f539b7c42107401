import { type ChildProcess, fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import type { ProcessExit } from './exit.ts';
import type { FromIsolate, IsolateUsage, ToIsolate } from './isolate-protocol.ts';
import { releaseMail } from './mailbox.ts';
import type { ModuleKind, StoredModule } from './module-store.ts';
import type { Place } from './places.ts';
import type { FromThread, ProcessPlan, ToThread } from './protocol.ts';
import { Real, type SharedTable, Word } from './shared-table.ts';
import { workerFile } from './worker-file.ts';

/** Milliseconds for it to do itself what it is told to, before its OS process is killed. */
const patience = 500;
/** Characters of what V8 says when it gives up. */
const longestWords = 2000;

export interface IsolateOptions {
  readonly kind: ModuleKind;
  readonly memoryMax: number;
  readonly parent: number;
  readonly moduleCache: string | undefined;
  readonly table: SharedTable;
}

/**
 * An OS process for one process: a Node with a kernel thread in it. What happens to it is that process's end, and the kernel's
 * end is its own: it ends when its IPC channel is closed.
 */
export class Isolate implements Place {
  readonly index = -1;
  readonly #options: IsolateOptions;
  readonly #receive: (message: Exclude<FromThread, { type: 'online' }>) => void;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #pid = 0;
  #hasBegun = false;
  #hasEnded = false;
  #words = '';
  #mail = { count: 0, bytes: 0 };

  constructor(
    options: IsolateOptions,
    receive: (message: Exclude<FromThread, { type: 'online' }>) => void,
    closed: () => void,
  ) {
    this.#options = options;
    this.#receive = receive;
    this.#child = start();
    this.#child.on('message', (message) => this.#take(message as FromIsolate));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-longestWords);
    });
    this.#closed = new Promise((resolve) => {
      // Not at 'exit': what it has told may still be on its way.
      this.#child.once('close', (code, signal) => {
        this.#gone(signal ?? undefined, signal === null ? `ended with ${code}` : `was ended by ${signal}`);
        closed();
        resolve();
      });
    });
    this.#child.on('error', (error) => this.#gone(undefined, `cannot be used: ${error.message}`));
  }

  get isUsable(): boolean {
    return true;
  }

  get osPid(): number | undefined {
    return this.#child.pid;
  }

  begin(module: StoredModule, plan: ProcessPlan): void {
    const { kind, memoryMax, parent, moduleCache } = this.#options;
    this.#pid = plan.pid;
    const bytes = module.bytes as Uint8Array;
    this.#send({ type: 'begin', bytes, memoryMax, kind, moduleCache, parent, plan });
  }

  #send(message: ToIsolate): void {
    // One that is gone is told of by its end.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  send(message: ToThread): void {
    this.#send(message);
    if (message.type === 'signal' && message.signal === 'KILL') this.#killLater();
  }

  /** What does not answer, because V8 is at work in it or somebody has stopped it, is ended all the same. */
  #killLater(): void {
    const timer = setTimeout(() => {
      if (!this.#hasEnded) this.#child.kill('SIGKILL');
    }, patience);
    void this.#closed.then(() => clearTimeout(timer));
  }

  #take(message: FromIsolate): void {
    switch (message.type) {
      case 'usage':
        this.#keep(message);
        return;
      case 'spawned':
        this.#hasBegun = true;
        break;
      case 'refused':
      case 'ended':
        if (this.#hasEnded) return;
        this.#hasEnded = true;
    }
    this.#receive(message);
  }

  #keep(usage: IsolateUsage): void {
    const { table } = this.#options;
    const pid = this.#pid;
    if (!table.holds(pid) || this.#hasEnded) return;
    table.setState(pid, usage.state);
    table.setWord(pid, Word.Priority, usage.priority);
    table.setWord(pid, Word.OpenFiles, usage.openFiles);
    table.setWord(pid, Word.Memory, usage.memory | 0);
    table.setReal(pid, Real.CpuMilliseconds, usage.cpu);
    table.setReal(pid, Real.Calls, usage.calls);
    table.setReal(pid, Real.Preemptions, usage.preemptions);
    const { mailTaken, mailBytesTaken } = usage;
    releaseMail(table, pid, mailBytesTaken - this.#mail.bytes, mailTaken - this.#mail.count);
    this.#mail = { count: mailTaken, bytes: mailBytesTaken };
  }

  /** The OS process is gone: so is the process. */
  #gone(signal: string | undefined, how: string): void {
    if (this.#hasEnded || this.#pid === 0) return;
    this.#hasEnded = true;
    const words = this.#words.trim();
    const trap = `its OS process ${this.#child.pid ?? ''} ${how}${words === '' ? '' : `: ${words}`}`;
    const exit: ProcessExit = { signal: signal ?? 'SIGABRT', trap };
    if (this.#hasBegun) this.#receive({ type: 'ended', pid: this.#pid, exit, memory: 0 });
    else this.#receive({ type: 'refused', pid: this.#pid, why: trap });
  }

  entered(): void {}

  left(): void {
    void this.close();
  }

  async close(): Promise<void> {
    // Not by disconnecting, after which Node does not tell when it is closed.
    this.#send({ type: 'leave' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    await this.#closed;
    clearTimeout(timer);
  }
}

/** Nothing of the kernel's environment and settings is its business. */
function start(): ChildProcess {
  const cache = getCompileCacheDir();
  return fork(workerFile('isolate-main'), [], {
    execArgv: ['--max-semi-space-size=1'],
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
