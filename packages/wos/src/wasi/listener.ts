import { createServer, type Server, type Socket } from 'node:net';
import { Connection } from './connection.ts';
import { type Descriptor, FileType } from './descriptor.ts';
import { connectionRights, listenerRights } from './rights.ts';
import { Watchers } from './watchers.ts';

/** Connections that wait to be accepted: beyond, new ones are closed. */
const backlog = 128;

/** A TCP port that is listened on. */
export class Listener implements Descriptor {
  readonly fileType = FileType.SocketStream;
  rights = listenerRights;
  inheriting = connectionRights;
  flags = 0;
  readonly #server: Server;
  readonly #queue: Socket[] = [];
  readonly #watchers = new Watchers();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      if (this.#queue.length >= backlog) socket.destroy();
      else {
        socket.on('error', () => socket.destroy());
        this.#queue.push(socket);
        this.#watchers.notify();
      }
    });
  }

  /** Rejects with Node's error when the address cannot be had. */
  static open(host: string, port: number): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
      server.once('error', reject);
      server.listen({ host, port, backlog }, () => {
        server.off('error', reject);
        server.on('error', () => {});
        resolve(new Listener(server));
      });
    });
  }

  readonly watchRead = this.#watchers.watch;

  readable(): { bytes: number; hangup: boolean } | undefined {
    return this.#queue.length > 0 ? { bytes: 1, hangup: false } : undefined;
  }

  accept(): Connection | undefined {
    for (let socket = this.#queue.shift(); socket; socket = this.#queue.shift()) {
      if (!socket.destroyed) return new Connection(socket);
    }
    return undefined;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#queue.splice(0)) socket.destroy();
  }
}
