import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../fail.ts';
import { vmFiles } from '../qemu/vm-config.ts';
import { shortSocketPath } from '../qemu/vm-socket.ts';

/** Port of AF_VSOCK at which the agent of a guest listens when it is started with `duende.vsock=PORT`. */
export const agentVsockPort = 25_717;
/** Bytes of the longest `OK <port>\n`: port numbers have 32 bits. */
const longestAnswer = 14;
/** Milliseconds until a guest that does not listen yet is asked again. */
const pause = 20;

/** What comes of one try. */
type Answer = Socket | 'not yet' | Error;

function tryOnce(path: string, port: number, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let received = Buffer.alloc(0);
    const finish = (answer: Answer): void => {
      signal.removeEventListener('abort', abort);
      socket.off('error', fail).off('close', close).off('data', take);
      if (answer !== socket) socket.on('error', () => undefined).destroy();
      resolve(answer);
    };
    const abort = (): void => finish(signal.reason as Error);
    const fail = (error: NodeJS.ErrnoException): void =>
      finish(error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'not yet' : error);
    // Nobody listens at the port: the guest is not that far.
    const close = (): void => finish('not yet');
    const take = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf(10);
      if (end === -1 && received.length < longestAnswer) return;
      const line = received.toString('latin1', 0, end === -1 ? undefined : end);
      if (!/^OK \d{1,10}$/.test(line)) {
        finish(failure(`The VMM answers CONNECT ${port} with ${JSON.stringify(line)}`, 'engine-error'));
        return;
      }
      socket.pause();
      // The guest may have spoken in the same piece.
      if (end + 1 < received.length) socket.unshift(received.subarray(end + 1));
      finish(socket);
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', fail).on('close', close).on('data', take);
    socket.on('connect', () => socket.write(`CONNECT ${port}\n`));
  });
}

/**
 * A connection to a port of a guest through the unix socket that Firecracker and cloud-hypervisor have for its vsock: `CONNECT
 * <port>\n`, which they answer with `OK <port of the host>\n`, or by closing it when nobody listens in the guest (firecracker
 * docs/vsock.md, "Host-Initiated Connections"; cloud-hypervisor docs/vsock.md). Asks again until the guest listens.
 * @param folder of the VM
 * @returns a paused socket: what it receives begins with the first byte of the guest
 * @throws AbortError of the signal; ENOENT, ECONNREFUSED when the VMM is gone; PlatformError for another answer
 */
export async function connectVsock(folder: string, port: number, signal: AbortSignal): Promise<Socket> {
  for (;;) {
    signal.throwIfAborted();
    const { path, close } = shortSocketPath(folder, vmFiles.agent);
    const answer = await tryOnce(path, port, signal).finally(close);
    if (answer instanceof Error) throw answer;
    if (answer !== 'not yet') return answer;
    await sleep(pause, undefined, { signal });
  }
}
