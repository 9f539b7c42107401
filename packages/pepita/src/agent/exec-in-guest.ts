import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { failure } from '../fail.ts';
import { vmFiles } from '../qemu/vm-config.ts';
import { shortSocketPath } from '../qemu/vm-socket.ts';
import { findHelloAnswer } from './hello-frame.ts';
import { sayHelloOn } from './say-hello.ts';

/** Of agent/protocol.h. */
const types = { exec: 6, outAck: 12, out: 70, execExit: 71 } as const;
const headSize = 12;
/** Both streams in one. */
const merged = 2;

const words = (...values: readonly number[]): Buffer => {
  const data = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) data.writeUInt32LE(value, index * 4);
  return data;
};

function frameOf(type: number, sequence: number, ...parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  const head = Buffer.alloc(headSize);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt16LE(type, 4);
  head.writeUInt32LE(sequence, 8);
  return Buffer.concat([head, payload]);
}

/** Runs one program in an open session and calls back at its end; what it says is dropped. */
function runOn(socket: Socket, received: Buffer, argv: readonly string[], done: () => void): void {
  let rest = received;
  let sequence = 1;
  socket.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= headSize && rest.length >= headSize + rest.readUInt32LE(0)) {
      const length = rest.readUInt32LE(0);
      const type = rest.readUInt16LE(4);
      rest = rest.subarray(headSize + length);
      if (type === types.out && length > 8) {
        sequence += 1;
        socket.write(frameOf(types.outAck, sequence, words(1, length - 8)));
      }
      if (type === types.execExit) done();
    }
  });
  const strings = Buffer.from(['/', ...argv, 'PATH=/usr/bin:/bin'].map((text) => `${text}\0`).join(''));
  // Identifier, flags, user, group, numbers of strings.
  socket.write(frameOf(types.exec, sequence, words(1, merged, 0, 0, argv.length, 1), strings));
}

/**
 * Has the agent of a VM mount the root, and run a program of it as root to its end, whatever that is: also when there is none of the name.
 * @throws AbortError of the signal; PlatformError when the VM ends meanwhile
 */
export function execInGuest(folder: string, argv: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { path, close } = shortSocketPath(folder, vmFiles.agent);
    const socket = connect(path);
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
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('close', () => finish(() => reject(failure('The VM has ended', 'not-running'))));
    let received: Buffer = Buffer.alloc(0);
    const take = (data: Buffer): void => {
      received = Buffer.concat([received, data]);
      const found = findHelloAnswer(received, nonce);
      if (!found) return;
      stopSaying();
      socket.off('data', take);
      runOn(socket, received.subarray(found.end), argv, () => finish(resolve));
    };
    socket.on('data', take);
  });
}
