import { parentPort, workerData } from 'node:worker_threads';
import { RewriteCache } from '../rewrite/cache.ts';
import { rewriteModule } from '../rewrite/rewrite-module.ts';

export interface CompileRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly memoryMax: number;
}

export type CompileReply =
  | {
      readonly id: number;
      readonly module: WebAssembly.Module;
      readonly imports: readonly { readonly module: string; readonly name: string; readonly kind: string }[];
      readonly hasStart: boolean;
    }
  | { readonly id: number; readonly why: string };

export interface CompilerData {
  /** Folder of rewritten modules, shared with other kernels. */
  readonly cache: string | undefined;
}

const folder = (workerData as CompilerData | null)?.cache;
const cache = folder === undefined ? undefined : new RewriteCache(folder);

async function compile({ id, bytes, memoryMax }: CompileRequest): Promise<CompileReply> {
  try {
    const rewritten = cache ? await cache.get(bytes, { memoryMax }) : rewriteModule(bytes, { memoryMax });
    const module = new WebAssembly.Module(rewritten.bytes);
    return { id, module, imports: WebAssembly.Module.imports(module), hasStart: rewritten.hasStart };
  } catch (error) {
    return { id, why: (error as Error).message };
  }
}

/** Rewrites and compiles modules, run as a worker: it takes tens of milliseconds, in which the kernel has to answer. */
parentPort?.on('message', async (request: CompileRequest) => parentPort?.postMessage(await compile(request)));
