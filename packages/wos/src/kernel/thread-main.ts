import { parentPort, workerData } from 'node:worker_threads';
import type { FromThread, ThreadData, ToThread } from './protocol.ts';
import { KernelThread } from './thread.ts';

/** A kernel thread, run as a worker. */
if (parentPort !== null) {
  const port = parentPort;
  const thread = new KernelThread(workerData as ThreadData, (message: FromThread) =>
    port.postMessage(message),
  );
  port.on('message', (message: ToThread) => thread.receive(message));
  port.postMessage({ type: 'online' } satisfies FromThread);
}
