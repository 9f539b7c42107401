import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { findHelloAnswer } from '../agent/hello-frame.ts';
import { sayHelloOn } from '../agent/say-hello.ts';
import { encodeFrame, frameTypes, takeFrames, words } from '../agent/session-frames.ts';
import { failure } from '../fail.ts';
import { connectAgent } from '../vmm-rest/connect-agent.ts';

/** Of RUN, agent/protocol.h: the first part and the last one, and nothing of it stays. */
const wholeRehearsal = 1 | 2 | 4;

/** The session with a guest that is nobody's yet. The guest ends when it has been over for three seconds, however we end. */
export class SpareGuest {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #sequence = 0;
  #isOver = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => {
      this.#received = Buffer.concat([this.#received, data]);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isOver = true;
    });
    // A program that has nothing else to do may end.
    socket.unref();
  }

  /** @throws AbortError of the signal; errors of the socket; PlatformError when the VM ends */
  static async open(folder: string, signal: AbortSignal): Promise<SpareGuest> {
    const guest = new SpareGuest(await connectAgent(folder, undefined, signal));
    try {
      await guest.#greet(true, signal);
      return guest;
    } catch (error) {
      guest.close();
      throw error;
    }
  }

  /** The VM has ended, or its VMM has closed the connection. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Has the guest begin a daemon as ever and forget it when its program has ended, so that an emulated processor has translated all of
   * that when a real one begins.
   * @param page and config as the bridge sends them
   * @throws as `open`; PlatformError when the guest cannot
   */
  async rehearse(page: Buffer, config: Buffer, signal: AbortSignal): Promise<void> {
    this.#sequence += 1;
    this.#socket.write(encodeFrame(frameTypes.run, this.#sequence, words(wholeRehearsal, 0), page, config));
    const error = await this.#until(signal, () => {
      const { frames, rest } = takeFrames(this.#received);
      this.#received = rest;
      return frames.find(({ type }) => type === frameTypes.rehearsed)?.payload.readInt32LE(0);
    });
    if (error !== 0) throw failure(`The guest cannot rehearse (error ${error})`, 'engine-error');
  }

  /** From now on the guest stays without us. @throws as `open` */
  async keep(signal: AbortSignal): Promise<void> {
    await this.#greet(false, signal);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #greet(isSpare: boolean, signal: AbortSignal): Promise<void> {
    const nonce = randomBytes(16);
    const stopSaying = sayHelloOn(this.#socket, nonce, isSpare);
    this.#socket.resume();
    try {
      const end = await this.#until(signal, () => findHelloAnswer(this.#received, nonce)?.end);
      this.#received = this.#received.subarray(end);
      this.#sequence = 0;
    } finally {
      stopSaying();
    }
  }

  async #until<T>(signal: AbortSignal, look: () => T | undefined): Promise<T> {
    for (let found = look(); ; found = look()) {
      if (found !== undefined) return found;
      if (this.#isOver) throw failure('The VM has ended', 'not-running');
      const abort = new AbortController();
      const either = AbortSignal.any([signal, abort.signal]);
      try {
        await Promise.race([
          once(this.#socket, 'data', { signal: either }),
          once(this.#socket, 'close', { signal: either }),
        ]);
      } finally {
        abort.abort();
      }
    }
  }
}
