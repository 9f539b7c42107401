import type { Socket } from 'node:net';
import { encodeFrame, FrameReader } from './frames.ts';

/** What either side makes of its socket: frames in and out. */
export class Link {
  readonly #socket: Socket;

  /**
   * @param take gets each value as it arrives; what it throws ends the connection, as what is no frame does
   * @param ended told once, why when there is something to say
   */
  constructor(socket: Socket, take: (value: unknown) => void, ended: (why: Error | undefined) => void) {
    this.#socket = socket;
    const reader = new FrameReader();
    let isDone = false;
    const end = (why: Error | undefined) => {
      if (isDone) return;
      isDone = true;
      ended(why);
    };
    socket.on('data', (block: Buffer) => {
      if (isDone) return;
      try {
        for (const value of reader.push(block)) take(value);
      } catch (error) {
        end(error as Error);
      }
    });
    socket.on('error', end);
    socket.on('close', () => end(undefined));
  }

  send(value: unknown): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(value));
  }

  /** Bytes that the other side has not taken yet. */
  get waiting(): number {
    return this.#socket.writableLength;
  }

  /** Whether it keeps Node running. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Ends it when what was sent is on its way. */
  close(): void {
    // One that does not read must not keep this side.
    const timer = setTimeout(() => this.#socket.destroy(), 1000);
    timer.unref();
    this.#socket.end(() => {
      clearTimeout(timer);
      this.#socket.destroy();
    });
  }
}
