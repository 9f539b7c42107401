import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { failure, messageOf } from '../fail.ts';
import { JsonLines } from './json-lines.ts';

/** What QEMU tells unasked: `SHUTDOWN` with `{guest, reason}`. */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Unix milliseconds. */
  readonly time: number;
}

interface Message {
  readonly QMP?: unknown;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly event?: string;
  readonly data?: Record<string, unknown>;
  readonly timestamp?: { readonly seconds: number; readonly microseconds: number };
}

/** A refusal of QEMU. */
export class QmpError extends Error {
  override readonly name = 'QmpError';
  /** `GenericError`, `CommandNotFound`, `DeviceNotFound` ... */
  readonly kind: string;

  constructor(command: string, kind: string, description: string) {
    super(`${command}: ${description}`);
    this.kind = kind;
  }
}

export const parseEvent = ({ event = '', data = {}, timestamp }: Message): QmpEvent => ({
  event,
  data,
  time: timestamp ? timestamp.seconds * 1000 + Math.floor(timestamp.microseconds / 1000) : 0,
});

interface Waiting {
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
}

/** Milliseconds that an answer may take unless it is said: on a busy machine QEMU comes late. */
const defaultTimeout = 20_000;

/** One connection to a QEMU (docs/interop/qmp-spec). QEMU serves one client at a time: keep it short, and close it. */
export class QmpClient {
  readonly #socket: Socket;
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  #waiting: Waiting | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #ended: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const lines = new JsonLines<Message>((message) => this.#take(message));
    socket.on('data', (chunk: Buffer) => {
      try {
        lines.push(chunk);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    const end = (error: Error): void => {
      this.#ended ??= error;
      this.#waiting?.reject(this.#ended);
      this.#waiting = undefined;
    };
    socket.on('error', end);
    socket.on('close', () => end(new Error('QEMU has closed the connection')));
  }

  /**
   * Connects and negotiates. @param timeout milliseconds for both; another client may have the socket for some of them
   * @throws Error of the system (ENOENT, ECONNREFUSED), or a timeout
   */
  static async connect(path: string, timeout: number = defaultTimeout): Promise<QmpClient> {
    const socket = connect(path);
    // Before anything can come: the greeting is an answer to nothing.
    const client = new QmpClient(socket);
    const greeting = client.#answer('the greeting', timeout);
    greeting.catch(() => undefined);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(timeout) });
      await greeting;
      await client.execute('qmp_capabilities', {}, { timeout });
      return client;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** One command after the other; resolves with what QEMU returns. @throws QmpError for a refusal, PlatformError `timeout` */
  async execute<T = unknown>(
    command: string,
    args: Readonly<Record<string, unknown>> = {},
    { timeout = defaultTimeout }: { readonly timeout?: number } = {},
  ): Promise<T> {
    const run = async (): Promise<T> => {
      if (this.#ended) throw this.#ended;
      const answer = this.#answer(command, timeout);
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
      const { error, return: value } = await answer;
      if (error) throw new QmpError(command, error.class, error.desc);
      return value as T;
    };
    const result = this.#last.then(run, run);
    this.#last = result.catch(() => undefined);
    return await result;
  }

  /** Calls back with each event from now on. @returns what ends it */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The connection ends; QEMU goes on. */
  close(): void {
    this.#socket.destroy();
  }

  #take(message: Message): void {
    if (message.event !== undefined) {
      const event = parseEvent(message);
      for (const listener of this.#listeners) listener(event);
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(message);
  }

  #answer(what: string, timeout: number): Promise<Message> {
    return new Promise((resolve, reject) => {
      // What comes too late would be taken for the answer to the next command: the connection ends.
      const timer = setTimeout(() => {
        const late = failure(`QEMU has not answered ${what} for ${timeout} ms`, 'timeout');
        this.#socket.destroy(late);
      }, timeout);
      const done =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          settle(value);
        };
      this.#waiting = { resolve: done(resolve), reject: done(reject) };
    });
  }
}

/** Whether nobody listens at a socket (yet, or any more). */
export const isAbsent = (error: unknown): boolean => /ENOENT|ECONNREFUSED/.test(messageOf(error));
