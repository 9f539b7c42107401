import type { Socket } from 'node:net';
import * as z from 'zod/mini';
import { decodeError, kernelIsGone, otherVersion, wosError } from './errors.ts';
import { Link } from './link.ts';
import { hello, type KernelMessage, kernelMessage } from './messages.ts';
import { openSocket } from './open-socket.ts';
import { type RequestName, type RequestParams, type RequestResult, requests } from './requests.ts';
import { protocolVersion } from './version.ts';

interface Pending {
  readonly name: RequestName;
  readonly event: ((value: unknown) => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface RequestOptions {
  /** Milliseconds until it is given up; none for what waits for something. Default 30 s. */
  readonly timeout?: number;
  /** Cancels it: a stream is then answered, what waits is rejected. */
  readonly signal?: AbortSignal;
  /** Gets what the kernel tells until it answers: of `trace`, each report. */
  readonly onEvent?: (value: never) => void;
}

/** Those that take as long as they take. */
const unlimited: ReadonlySet<RequestName> = new Set([
  ...(['wait', 'trace', 'terminate', 'shutdown'] as const),
  ...([
    'daemon.spawn',
    'daemon.stop',
    'daemon.restart',
    'daemon.wait',
    'daemon.trace',
    'daemon.remove',
  ] as const),
]);

/** A connection to the kernel of a state folder. Any number of requests at one time; without one it does not keep Node running. */
export class WosClient {
  readonly #link: Link;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #end: Error | undefined;
  /** Why, when the kernel has said so before. */
  #whenGone: Error | undefined;
  #greeted: (() => void) | undefined;
  #refused: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#link = new Link(
      socket,
      (value) => this.#take(value),
      (why) => this.#fail(this.#whenGone ?? kernelIsGone(why)),
    );
  }

  /**
   * @param folder of the kernel, `wos` in the state folder
   * @param timeout milliseconds
   * @throws PlatformError StatusFailed / unavailable when there is no kernel; NotSupported / unavailable for another version
   */
  static async connect(folder: string, { timeout = 5000 } = {}): Promise<WosClient> {
    const socket = await openSocket(folder);
    const client = new WosClient(socket);
    const greeted = new Promise<void>((resolve, reject) => {
      client.#greeted = resolve;
      client.#refused = reject;
    });
    client.#link.send({ type: 'hello', protocol: 'wos', version: protocolVersion });
    const timer = setTimeout(() => client.#fail(noAnswer('the greeting', timeout)), timeout);
    try {
      await greeted;
    } catch (error) {
      client.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    client.#link.hold(false);
    return client;
  }

  /** Nothing can be asked any more. */
  get isClosed(): boolean {
    return this.#end !== undefined;
  }

  #take(value: unknown): void {
    const greeting = this.#greeted === undefined ? undefined : z.safeParse(hello, value).data;
    if (greeting !== undefined) {
      const { version } = greeting;
      if (version === protocolVersion) this.#greeted?.();
      else this.#fail(otherVersion(version, protocolVersion));
      this.#greeted = undefined;
      return;
    }
    const parsed = z.safeParse(kernelMessage, value);
    if (parsed.success) this.#handle(parsed.data);
    else this.#fail(wosError('StatusFailed', 'engine-error', 'The kernel said what is no message'));
  }

  #handle(message: KernelMessage): void {
    if (message.type === 'bye') {
      this.#fail(decodeError(message.error));
      return;
    }
    if (message.type === 'ending') {
      this.#whenGone = decodeError(message.error);
      return;
    }
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    if (message.type === 'error') pending.reject(decodeError(message.error));
    else {
      const { event, result } = requests[pending.name];
      const parsed = z.safeParse(message.type === 'event' ? event : result, message.value);
      if (!parsed.success) {
        const text = `The kernel's answer to ${pending.name} is not as it should be`;
        pending.reject(wosError('StatusFailed', 'engine-error', text, { cause: parsed.error }));
      } else if (message.type === 'event') {
        pending.event?.(parsed.data);
        return;
      } else pending.resolve(parsed.data);
    }
    this.#pending.delete(message.id);
  }

  #fail(error: Error): void {
    this.#end ??= error;
    this.#refused?.(this.#end);
    for (const { reject } of this.#pending.values()) reject(this.#end);
    this.#pending.clear();
  }

  /** @throws PlatformError what the kernel says; StatusFailed / unavailable when it is killed meanwhile; timeout */
  async request<Name extends RequestName>(
    name: Name,
    params: RequestParams<Name>,
    { timeout = unlimited.has(name) ? undefined : 30_000, signal, onEvent }: Partial<RequestOptions> = {},
  ): Promise<RequestResult<Name>> {
    if (this.#end !== undefined) throw this.#end;
    signal?.throwIfAborted();
    const id = this.#next++;
    const answer = new Promise<unknown>((resolve, reject) => {
      const event = onEvent as ((value: unknown) => void) | undefined;
      this.#pending.set(id, { name, event, resolve, reject });
    });
    try {
      this.#link.send({ type: 'request', id, name, params });
    } catch (error) {
      this.#pending.delete(id);
      throw wosError('Config', 'invalid-setting', (error as Error).message);
    }
    this.#link.hold(true);
    const cancel = () => this.#link.send({ type: 'cancel', id });
    signal?.addEventListener('abort', cancel, { once: true });
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => {
            cancel();
            this.#pending.get(id)?.reject(noAnswer(name, timeout));
            this.#pending.delete(id);
          }, timeout);
    try {
      return (await answer) as RequestResult<Name>;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      this.#link.hold(this.#pending.size > 0);
    }
  }

  close(): void {
    this.#end ??= wosError('StatusFailed', 'unavailable', 'The connection to the kernel was closed');
    this.#fail(this.#end);
    this.#link.close();
  }
}

const noAnswer = (what: string, timeout: number) =>
  wosError('StatusFailed', 'timeout', `The kernel did not answer ${what} within ${timeout} ms`, {
    hint: 'If it stays so, end it: its PID is in wosd.log in the state folder',
  });
