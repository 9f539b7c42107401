import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { vmFiles } from '../qemu/vm-config.ts';
import { shortSocketPath } from '../qemu/vm-socket.ts';
import { encodeHello, findHelloAnswer, type HelloAnswer } from './hello-frame.ts';

/** Milliseconds until it is said again: first, and at most; twice as many each time. */
const patience = [200, 2000] as const;

/** Says HELLO on a connection, again and again. @returns what ends that */
export function sayHelloOn(socket: Socket, nonce: Buffer): () => void {
  let timer: NodeJS.Timeout | undefined;
  const say = (wait: number): void => {
    const clock = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
    socket.write(encodeHello({ nonce, clock, random: randomBytes(32) }));
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
 * @throws AbortError of the signal; an error of the socket when QEMU ends
 */
export function sayHello(folder: string, signal: AbortSignal): Promise<HelloAnswer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { path, close } = shortSocketPath(folder, vmFiles.agent);
    const socket = connect(path);
    let received: Buffer = Buffer.alloc(0);
    const nonce = randomBytes(16);
    let stopSaying = (): void => undefined;
    const finish = (settle: () => void): void => {
      stopSaying();
      signal.removeEventListener('abort', abort);
      socket.destroy();
      close();
      settle();
    };
    const abort = (): void => finish(() => reject(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    socket.on('connect', () => {
      stopSaying = sayHelloOn(socket, nonce);
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const answer = findHelloAnswer(received, nonce);
      if (answer) finish(() => resolve(answer));
    });
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('end', () => finish(() => reject(new Error('QEMU has closed the connection'))));
  });
}
