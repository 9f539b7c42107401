import { Socket } from 'node:net';
import { type Descriptor, FileType } from './descriptor.ts';
import { Errno, errnoOf, WasiError } from './errno.ts';
import { connectionRights } from './rights.ts';
import { Watchers } from './watchers.ts';

/** For what was written when the process ended. */
const lingerMilliseconds = 30_000;

/** A TCP connection. Reading and writing are bounded by the buffers of Node's socket. */
export class Connection implements Descriptor {
  readonly fileType = FileType.SocketStream;
  rights = connectionRights;
  inheriting = 0n;
  flags = 0;
  readonly #socket: Socket;
  readonly #read = new Watchers();
  readonly #write = new Watchers();
  #ended = false;
  #error: number | undefined;
  #shut = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('readable', () => this.#read.notify());
    socket.on('end', () => {
      this.#ended = true;
      this.#read.notify();
    });
    socket.on('drain', () => this.#write.notify());
    socket.on('error', (error) => {
      this.#error = errnoOf(error) ?? Errno.InputOutput;
    });
    socket.on('close', () => {
      this.#ended = true;
      this.#read.notify();
      this.#write.notify();
    });
  }

  readonly watchRead = this.#read.watch;
  readonly watchWrite = this.#write.watch;

  #takeError(): void {
    const error = this.#error;
    if (error === undefined) return;
    this.#error = undefined;
    throw new WasiError(error);
  }

  /** @param peek leaves the bytes where they are */
  receive(buffers: readonly Uint8Array[], peek: boolean): number | undefined {
    const available = this.#socket.readableLength;
    const room = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    if (room === 0) return 0;
    if (available === 0) {
      // Without this Node does not begin to read.
      this.#socket.read(0);
      if (this.#ended || this.#socket.readableEnded) {
        this.#takeError();
        return 0;
      }
      return undefined;
    }
    const block = this.#socket.read(Math.min(available, room)) as Buffer | null;
    if (block === null) return undefined;
    let at = 0;
    for (const buffer of buffers) at += block.copy(buffer, 0, at);
    if (peek) this.#socket.unshift(block);
    return at;
  }

  read(buffers: readonly Uint8Array[]): number | undefined {
    return this.receive(buffers, false);
  }

  write(buffers: readonly Uint8Array[]): number | undefined {
    this.#takeError();
    if (this.#shut || this.#socket.destroyed || !this.#socket.writable) throw new WasiError(Errno.BrokenPipe);
    if (this.#socket.writableNeedDrain) return undefined;
    const block = Buffer.concat(buffers);
    if (block.length > 0) this.#socket.write(block);
    return block.length;
  }

  readable(): { bytes: number; hangup: boolean } | undefined {
    const bytes = this.#socket.readableLength;
    if (bytes > 0 || this.#ended || this.#error !== undefined) return { bytes, hangup: this.#ended };
    this.#socket.read(0);
    return undefined;
  }

  writable(): { bytes: number; hangup: boolean } | undefined {
    if (this.#socket.destroyed) return { bytes: 0, hangup: true };
    return this.#socket.writableNeedDrain ? undefined : { bytes: 65_536, hangup: false };
  }

  shutdown(read: boolean, write: boolean): void {
    if (write && !this.#shut) {
      this.#shut = true;
      this.#socket.end();
    }
    if (read) {
      this.#ended = true;
      this.#read.notify();
    }
  }

  /** What was written is still sent, if the other end takes it in time. */
  close(): void {
    this.#socket.setTimeout(lingerMilliseconds, () => this.#socket.destroy());
    this.#socket.destroySoon();
  }
}

/** Starts to connect; `done` is called once. @returns what gives it up */
export function connect(
  host: string,
  port: number,
  done: (connection: Connection | undefined, error: Error | undefined) => void,
): () => void {
  const socket = new Socket({ allowHalfOpen: true });
  const failed = (error: Error) => done(undefined, error);
  socket.once('error', failed);
  socket.connect({ host, port }, () => {
    socket.off('error', failed);
    done(new Connection(socket), undefined);
  });
  return () => {
    socket.on('error', () => {});
    socket.destroy();
  };
}
