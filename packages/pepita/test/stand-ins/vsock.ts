/** The host's side of a vsock that is a unix socket, docs/vsock.md of both VMMs. */

import { connect, createServer, type Server, type Socket } from 'node:net';

/** The first port of the host that is given out, as in firecracker docs/vsock.md. */
const firstPort = 2 ** 30;
/** Bytes of the longest command. */
const longest = 'CONNECT 4294967295\n'.length;
/** sockaddr_un.sun_path less its NUL. */
export const longestPath = 107;

export interface VsockOptions {
  readonly path: string;
  /** The unix socket behind a port of the guest; `undefined`: nobody listens. */
  readonly guestSocket: (port: number) => string | undefined;
}

export class Vsock {
  readonly #options: VsockOptions;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #nextPort = firstPort;
  #waiting: (() => void)[] | undefined;

  private constructor(options: VsockOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Rejects where there is a socket already, or the path is too long. */
  static async listen(options: VsockOptions): Promise<Vsock> {
    if (Buffer.byteLength(options.path) > longestPath) throw new Error('path must be shorter than SUN_LEN');
    const vsock = new Vsock(options);
    await new Promise<void>((resolve, reject) => {
      vsock.#server.once('error', reject);
      vsock.#server.listen(options.path, resolve);
    });
    return vsock;
  }

  /** A guest that stands still answers no request for a connection. */
  pause(): void {
    this.#waiting ??= [];
  }

  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const go of waiting) go();
  }

  /** The guest's driver ends all connections. */
  reset(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket)).on('error', () => undefined);
    let received = Buffer.alloc(0);
    const take = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf(10);
      if (end === -1 && received.length < longest) return;
      socket.off('data', take).pause();
      const port = /^CONNECT (\d{1,10})$/.exec(received.toString('latin1', 0, end))?.[1];
      const rest = received.subarray(end + 1);
      const go = (): void => this.#forward(socket, Number(port), rest);
      if (port === undefined) socket.destroy();
      else if (this.#waiting) this.#waiting.push(() => !socket.destroyed && go());
      else go();
    };
    socket.on('data', take);
  }

  #forward(socket: Socket, port: number, rest: Buffer): void {
    const path = this.#options.guestSocket(port);
    if (path === undefined) {
      socket.destroy();
      return;
    }
    const guest = connect(path);
    guest.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => guest.destroy());
    guest.once('connect', () => {
      socket.write(`OK ${this.#nextPort}\n`);
      this.#nextPort += 1;
      if (rest.length > 0) guest.write(rest);
      socket.pipe(guest);
      guest.pipe(socket);
    });
  }
}
