import { Worker } from 'node:worker_threads';
import { RewriteCache } from '../rewrite/cache.ts';
import type { CompilerData } from './compile-main.ts';
import { type CompileReply, type CompileRequest, compileModule } from './compile-module.ts';
import { workerFile } from './worker-file.ts';

type Compiled = Extract<CompileReply, { module: WebAssembly.Module }>;

/** Milliseconds without work after which the compiler's thread is let go. */
const idleAfter = 5000;

/** Bytes of a module that is compiled here while there is no process that could wait: a thread takes longer to start. */
const smallModule = 1024 * 1024;

/** Rewrites and compiles in a thread of its own, started when there is something to compile beside processes. */
export class Compiler {
  readonly #data: CompilerData;
  readonly #cache: RewriteCache | undefined;
  readonly #isIdle: () => boolean;
  #worker: Worker | undefined;
  #next = 1;
  #idle: NodeJS.Timeout | undefined;
  readonly #waiting = new Map<
    number,
    { resolve: (module: Compiled) => void; reject: (error: Error) => void }
  >();

  /**
   * @param cache folder of rewritten modules
   * @param isIdle whether the kernel has no process
   */
  constructor(cache: string | undefined, isIdle: () => boolean) {
    this.#data = { cache };
    this.#cache = cache === undefined ? undefined : new RewriteCache(cache);
    this.#isIdle = isIdle;
  }

  /** @throws Error that says what is wrong with the module */
  async compile(bytes: Uint8Array, memoryMax: number): Promise<Compiled> {
    if (this.#worker === undefined && bytes.length <= smallModule && this.#isIdle()) {
      const reply = await compileModule({ id: 0, bytes, memoryMax }, this.#cache);
      if ('module' in reply) return reply;
      throw new Error(reply.why);
    }
    const worker = this.#start();
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, bytes, memoryMax } satisfies CompileRequest);
    });
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
