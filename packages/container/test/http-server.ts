import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiAddress, parseAddress } from '../src/docker/address.ts';

export interface Seen {
  /** `POST /v1.47/images/create`. */
  readonly call: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer, or what is done with the connection instead. */
export type Route = (seen: Seen, response: ServerResponse, socket: Socket) => void | Promise<void>;

export const answer =
  (status: number, body: unknown = '', headers: Record<string, string> = {}): Route =>
  (_, response) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

export const ping = (headers: Record<string, string> = {}): Route =>
  answer(200, 'OK', { 'Api-Version': '1.47', Server: 'Docker/28.0 (linux)', ...headers });

/** Breaks the connection without a word. */
export const broken: Route = (_, _response, socket) => void socket.destroy();

/** An HTTP server on a unix socket that knows its routes and nothing else: what is not expected is kept, and answered with 501. */
export class StrictServer {
  readonly seen: Seen[] = [];
  readonly unexpected: string[] = [];
  readonly address: ApiAddress;
  readonly #folder = mkdtempSync(join(tmpdir(), 'duende-http-'));
  readonly #sockets = new Set<Socket>();
  readonly #routes: Record<string, Route>;
  readonly #server = createServer((request, response) => void this.#take(request, response));

  constructor(routes: Record<string, Route>) {
    this.#routes = { 'GET /_ping': ping(), ...routes };
    this.address = parseAddress(`unix://${join(this.#folder, 'engine.sock')}`);
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get path(): string {
    return join(this.#folder, 'engine.sock');
  }

  /** Calls of one kind, in order. */
  calls(call: string): Seen[] {
    return this.seen.filter((seen) => seen.call === call);
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.path, resolve));
  }

  /** Cuts every connection and listens no more. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
    if (this.unexpected.length > 0) throw new Error(`not expected: ${this.unexpected.join(', ')}`);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://engine');
    const call = `${request.method} ${url.pathname}`;
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const seen = { call, query: Object.fromEntries(url.searchParams), headers: request.headers, body };
    this.seen.push(seen);
    const route = this.#routes[call];
    if (route === undefined) {
      this.unexpected.push(call);
      response.writeHead(501).end();
      return;
    }
    await route(seen, response, request.socket);
  }
}

export async function serve(routes: Record<string, Route>): Promise<StrictServer> {
  const server = new StrictServer(routes);
  await server.listen();
  return server;
}
