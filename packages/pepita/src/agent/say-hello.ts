import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { connectAgent } from '../vmm-rest/connect-agent.ts';
import { encodeHello, findHelloAnswer, type HelloAnswer } from './hello-frame.ts';

/** Milliseconds until it is said again: first, and at most; twice as many each time. */
const patience = [200, 2000] as const;

/** Says HELLO on a connection, again and again. @returns what ends that */
export function sayHelloOn(socket: Socket, nonce: Buffer, isSpare = false): () => void {
  let timer: NodeJS.Timeout | undefined;
  const say = (wait: number): void => {
    const clock = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
    socket.write(encodeHello({ nonce, clock, random: randomBytes(32), isSpare }));
    timer = setTimeout(() => say(Math.min(2 * wait, patience[1])), wait);
  };
  say(patience[0]);
  return () => clearTimeout(timer);
}

/**
 * Asks the agent of a VM whether it is there, and gives it the time and fresh randomness. A guest that is booting answers when it can:
 * what is sent to it waits in QEMU, so its clock may be late by the time that it took. Said again until it is answered: a guest that
 * learns late that the last client has gone forgets what a new one has said meanwhile.
 * @param folder of the VM
 * @param vsockPort of its VMM; without one the agent is at the other end of the socket itself
 * @throws AbortError of the signal; an error of the socket when the VMM ends
 */
export async function sayHello(
  folder: string,
  signal: AbortSignal,
  vsockPort?: number,
): Promise<HelloAnswer> {
  const socket = await connectAgent(folder, vsockPort, signal);
  return await new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const nonce = randomBytes(16);
    const stopSaying = sayHelloOn(socket, nonce);
    const finish = (settle: () => void): void => {
      stopSaying();
      signal.removeEventListener('abort', abort);
      socket.destroy();
      settle();
    };
    const abort = (): void => finish(() => reject(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const answer = findHelloAnswer(received, nonce);
      if (answer) finish(() => resolve(answer));
    });
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('end', () => finish(() => reject(new Error('The VMM has closed the connection'))));
    socket.resume();
  });
}
