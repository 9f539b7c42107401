import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { encodeHello, findHelloAnswer } from '../../src/agent/hello-frame.ts';
import type { Machine } from '../../src/index.ts';

const nonce = Buffer.alloc(16, 5);
/** Of agent/protocol.h. */
const types = { exec: 6, shutdown: 10, outAck: 12, out: 70, execExit: 71 } as const;

function frameOf(type: number, sequence: number, ...parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt16LE(type, 4);
  head.writeUInt32LE(sequence, 8);
  return Buffer.concat([head, payload]);
}

const words = (...values: readonly number[]): Buffer => {
  const data = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) data.writeInt32LE(value, index * 4);
  return data;
};

/** Opens a session with the agent: resolves once it has answered. */
function openSession({ paths }: Machine, vmId: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(paths.vm(vmId), 'agent'));
    let received = Buffer.alloc(0);
    const say = () => {
      const clock = BigInt(Date.now()) * 1_000_000n;
      socket.write(encodeHello({ nonce, clock, random: Buffer.from(vmId.padEnd(32)) }));
    };
    const again = setInterval(say, 500);
    socket.on('connect', say);
    socket.on('error', reject);
    socket.on('close', () => clearInterval(again));
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      if (!findHelloAnswer(received, nonce)) return;
      clearInterval(again);
      socket.removeAllListeners('data');
      resolve(socket);
    });
  });
}

/** SHUTDOWN: 0 switches off, 1 starts again. Resolves when the VM is gone. */
export async function shutDown(machine: Machine, vmId: string, how: 0 | 1): Promise<void> {
  const socket = await openSession(machine, vmId);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.write(frameOf(types.shutdown, 1, words(how, 0)));
  socket.resume();
  await closed;
}

/** Runs a program in the guest as root. Rejects when the VM ends meanwhile. @returns its output and its code */
export async function execIn(
  machine: Machine,
  vmId: string,
  ...argv: readonly string[]
): Promise<{ readonly output: string; readonly code: number }> {
  const socket = await openSession(machine, vmId);
  const strings = Buffer.from(['/', ...argv, 'PATH=/usr/bin:/bin'].map((text) => `${text}\0`).join(''));
  let received = Buffer.alloc(0);
  let output = '';
  let sequence = 1;
  return await new Promise((resolve, reject) => {
    socket.on('close', () => reject(new Error('the VM has ended')));
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      while (received.length >= 12 && received.length >= 12 + received.readUInt32LE(0)) {
        const length = received.readUInt32LE(0);
        const type = received.readUInt16LE(4);
        const payload = received.subarray(12, 12 + length);
        received = received.subarray(12 + length);
        if (type === types.out) {
          output += payload.toString('utf8', 8);
          sequence += 1;
          socket.write(frameOf(types.outAck, sequence, words(1, length - 8)));
        }
        if (type !== types.execExit) continue;
        resolve({ output, code: payload.readInt32LE(8) });
        socket.destroy();
      }
    });
    // Identifier, flags (both streams in one), user, group, numbers of strings.
    socket.write(frameOf(types.exec, sequence, words(1, 2, 0, 0, argv.length, 1), strings));
  });
}
