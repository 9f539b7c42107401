import { parentPort, workerData } from 'node:worker_threads';
import { RewriteCache } from '../rewrite/cache.ts';
import { type CompileRequest, compileModule } from './compile-module.ts';

export interface CompilerData {
  /** Folder of rewritten modules, shared with other kernels. */
  readonly cache: string | undefined;
}

const folder = (workerData as CompilerData | null)?.cache;
const cache = folder === undefined ? undefined : new RewriteCache(folder);

/** Rewrites and compiles modules, run as a worker: it takes tens of milliseconds, in which the kernel has to answer. */
parentPort?.on('message', async (request: CompileRequest) =>
  parentPort?.postMessage(await compileModule(request, cache)),
);
