import type { Socket } from 'node:net';
import * as z from 'zod/mini';
import { check } from '../kernel/check.ts';
import { encodeError, otherVersion, wosError } from '../protocol/errors.ts';
import { Link } from '../protocol/link.ts';
import { type ClientMessage, clientMessage, hello, type KernelMessage } from '../protocol/messages.ts';
import { isRequestName, requests } from '../protocol/requests.ts';
import { longestFrame, protocolVersion } from '../protocol/version.ts';
import { handlers } from './handlers.ts';
import type { Services } from './services.ts';

/** Milliseconds for a client to greet. */
const greetingTimeout = 5000;
/** Bytes of answers that may wait for a client. */
const mostWaiting = 2 * longestFrame;
/** Requests that one client may have open. */
const mostRequests = 10_000;

/** One client. */
export class Connection {
  readonly #link: Link;
  readonly #socket: Socket;
  readonly #services: Promise<Services>;
  readonly #requests = new Map<number, AbortController>();
  readonly #greeting: NodeJS.Timeout;
  #isGreeted = false;
  #isClosed = false;

  constructor(socket: Socket, services: Promise<Services>, closed: (connection: Connection) => void) {
    this.#services = services;
    this.#socket = socket;
    this.#link = new Link(
      socket,
      (value) => this.#take(value),
      (why) => {
        if (why !== undefined) this.#bye(malformed(why.message));
        this.#stop();
        socket.destroySoon();
        closed(this);
      },
    );
    this.#greeting = setTimeout(() => this.#bye(malformed('no greeting')), greetingTimeout);
  }

  #send(message: KernelMessage | z.output<typeof hello>): void {
    if (this.#isClosed) return;
    // One that asks and does not read must not fill the memory of the kernel.
    if (this.#link.waiting > mostWaiting) this.#socket.destroy();
    else this.#link.send(message);
  }

  #bye(error: Error): void {
    this.#send({ type: 'bye', error: encodeError(error) });
    this.#stop();
    this.#link.close();
  }

  #stop(): void {
    this.#isClosed = true;
    clearTimeout(this.#greeting);
    const gone = wosError('StatusFailed', 'unavailable', 'The client is gone');
    for (const request of this.#requests.values()) request.abort(gone);
    this.#requests.clear();
  }

  #take(value: unknown): void {
    if (this.#isClosed) return;
    if (!this.#isGreeted) {
      this.#greet(value);
      return;
    }
    const { success, data } = z.safeParse(clientMessage, value);
    if (!success) throw new Error('a message that is none of the protocol');
    if (data.type === 'request') void this.#answer(data);
    else this.#requests.get(data.id)?.abort(cancelled());
  }

  #greet(value: unknown): void {
    const { success, data } = z.safeParse(hello, value);
    if (!success) throw new Error('no greeting');
    this.#send({ type: 'hello', protocol: 'wos', version: protocolVersion });
    if (data.version !== protocolVersion) {
      this.#bye(otherVersion(protocolVersion, data.version));
      return;
    }
    clearTimeout(this.#greeting);
    this.#isGreeted = true;
  }

  async #answer({ id, name, params }: Extract<ClientMessage, { type: 'request' }>): Promise<void> {
    const controller = new AbortController();
    try {
      if (this.#requests.has(id)) throw malformed(`two requests of number ${id}`);
      if (this.#requests.size >= mostRequests)
        throw malformed(`more than ${mostRequests} requests at one time`);
      this.#requests.set(id, controller);
      const value = await this.#act(id, name, params, controller.signal);
      this.#send({ type: 'result', id, value });
    } catch (error) {
      this.#send({ type: 'error', id, error: encodeError(error) });
    } finally {
      if (this.#requests.get(id) === controller) this.#requests.delete(id);
    }
  }

  async #act(id: number, name: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    if (!isRequestName(name)) throw malformed(`there is no request ${JSON.stringify(name.slice(0, 60))}`);
    const checked = check(requests[name].params, params, name);
    const link = this.#link;
    const caller = {
      signal,
      event: (value: unknown) => this.#send({ type: 'event', id, value }),
      get waiting() {
        return link.waiting;
      },
    };
    // Its name says that the parameters are its own: TypeScript cannot follow.
    const handler = handlers[name] as (...args: readonly unknown[]) => unknown;
    return await handler(await this.#services, checked, caller);
  }

  /** Tells the client that it is going to be ended, and why. */
  announce(error: Error): void {
    if (this.#isGreeted) this.#send({ type: 'ending', error: encodeError(error) });
  }

  /** Tells the client why, and ends it. */
  close(error: Error): void {
    if (!this.#isClosed) this.#bye(error);
  }
}

const malformed = (what: string) =>
  wosError('Config', 'invalid-setting', `The control protocol does not have that: ${what}`);

const cancelled = () => wosError('StatusFailed', 'timeout', 'The request was cancelled');
