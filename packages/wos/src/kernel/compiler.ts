import { Worker } from 'node:worker_threads';
import type { CompileReply, CompileRequest, CompilerData } from './compile-main.ts';
import { workerFile } from './worker-file.ts';

type Compiled = Extract<CompileReply, { module: WebAssembly.Module }>;

/** Milliseconds without work after which the compiler's thread is let go. */
const idleAfter = 5000;

/** Rewrites and compiles in a thread of its own, started when there is something to compile. */
export class Compiler {
  readonly #data: CompilerData;
  #worker: Worker | undefined;
  #next = 1;
  #idle: NodeJS.Timeout | undefined;
  readonly #waiting = new Map<
    number,
    { resolve: (module: Compiled) => void; reject: (error: Error) => void }
  >();

  /** @param cache folder of rewritten modules */
  constructor(cache: string | undefined) {
    this.#data = { cache };
  }

  /** @throws Error that says what is wrong with the module */
  compile(bytes: Uint8Array, memoryMax: number): Promise<Compiled> {
    const worker = this.#start();
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, bytes, memoryMax } satisfies CompileRequest);
    });
  }

  /** Starts the thread now: there is going to be something. */
  prepare(): void {
    this.#start();
    this.#letGo();
  }

  #start(): Worker {
    clearTimeout(this.#idle);
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(workerFile('compile-main'), { workerData: this.#data });
    worker.unref();
    worker.on('message', (reply: CompileReply) => this.#settle(reply));
    worker.on('error', (error) =>
      this.#failAll(`The compiler of modules failed: ${(error as Error).message}`),
    );
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
  }

  #settle(reply: CompileReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('module' in reply) waiting?.resolve(reply);
    else waiting?.reject(new Error(reply.why));
    if (this.#waiting.size === 0) this.#letGo();
  }

  #letGo(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), idleAfter);
    this.#idle.unref();
  }

  #failAll(why: string): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#failAll('The kernel is shut down');
    await worker?.terminate();
  }
}
