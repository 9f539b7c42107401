import { parentPort } from 'node:worker_threads';
import type { FromThread, ThreadData, ToThread } from './protocol.ts';
import { KernelThread } from './thread.ts';

/** A kernel thread, run as a worker. The first message says of which kernel. */
if (parentPort !== null) {
  const port = parentPort;
  const post = (message: FromThread) => port.postMessage(message);
  port.once('message', (data: ThreadData) => {
    const thread = new KernelThread(data, post);
    port.on('message', (message: ToThread) => thread.receive(message));
    post({ type: 'online' });
  });
}
