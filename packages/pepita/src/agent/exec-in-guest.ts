import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { failure } from '../fail.ts';
import { connectAgent } from '../vmm-rest/connect-agent.ts';
import { findHelloAnswer } from './hello-frame.ts';
import { sayHelloOn } from './say-hello.ts';
import { encodeFrame, frameTypes, takeFrames, words } from './session-frames.ts';

interface GuestUser {
  readonly uid: number;
  readonly gid: number;
}

/** Both streams in one. */
const merged = 2;

/** Runs one program in an open session and calls back at its end; what it says is dropped. */
function runOn(
  socket: Socket,
  received: Buffer,
  { argv, user }: { readonly argv: readonly string[]; readonly user: GuestUser },
  done: () => void,
): void {
  let rest = received;
  let sequence = 1;
  socket.on('data', (data: Buffer) => {
    const taken = takeFrames(Buffer.concat([rest, data]));
    rest = taken.rest;
    for (const { type, payload } of taken.frames) {
      if (type === frameTypes.out && payload.length > 8) {
        sequence += 1;
        socket.write(encodeFrame(frameTypes.outAck, sequence, words(1, payload.length - 8)));
      }
      if (type === frameTypes.execExit) done();
    }
  });
  const strings = Buffer.from(['/', ...argv, 'PATH=/usr/bin:/bin'].map((text) => `${text}\0`).join(''));
  // Identifier, flags, user, group, numbers of strings.
  socket.write(
    encodeFrame(frameTypes.exec, sequence, words(1, merged, user.uid, user.gid, argv.length, 1), strings),
  );
}

/**
 * Has the agent of a VM mount the root, and run a program of it to its end, as root unless it is said, whatever that is: also when there is none of the name.
 * @throws AbortError of the signal; PlatformError when the VM ends meanwhile
 */
export async function execInGuest(
  folder: string,
  argv: readonly string[],
  signal: AbortSignal,
  vsockPort?: number,
  user: GuestUser = { uid: 0, gid: 0 },
): Promise<void> {
  const socket = await connectAgent(folder, vsockPort, signal);
  await new Promise<void>((resolve, reject) => {
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
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('close', () => finish(() => reject(failure('The VM has ended', 'not-running'))));
    let received: Buffer = Buffer.alloc(0);
    const take = (data: Buffer): void => {
      received = Buffer.concat([received, data]);
      const found = findHelloAnswer(received, nonce);
      if (!found) return;
      stopSaying();
      socket.off('data', take);
      runOn(socket, received.subarray(found.end), { argv, user }, () => finish(resolve));
    };
    socket.on('data', take);
    socket.resume();
  });
}
