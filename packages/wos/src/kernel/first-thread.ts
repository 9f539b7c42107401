import { Worker } from 'node:worker_threads';
import { workerFile } from './worker-file.ts';

let waiting: Worker | undefined;

export const startWorker = (index: number): Worker =>
  new Worker(workerFile('thread-main'), { name: `wos-${index}` });

/** Starts what is going to be the first thread of this OS process's kernel, before the kernel itself is loaded: it takes as long. */
export function startFirstThread(): void {
  const worker = startWorker(0);
  waiting = worker;
  const forget = () => {
    waiting = undefined;
  };
  // The kernel starts another one then, and tells what is wrong with that.
  worker.once('error', forget);
  worker.once('exit', forget);
  worker.unref();
}

/** The one that waits. */
export function takeFirstThread(): Worker | undefined {
  const worker = waiting;
  waiting = undefined;
  worker?.removeAllListeners();
  worker?.ref();
  return worker;
}
