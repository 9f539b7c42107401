import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DBusConnection, Message, MessageBus } from 'dbus-native';
import { isExpected, type ManagerAddress, managerAddresses, type Scope } from '../scope.ts';
import { isConnectionLost, unavailable } from './errors.ts';

/** Milliseconds that a manager which is re-executing itself may be away. */
const awayLimit = 8000;

/** The same for one that has not answered yet. */
const firstLimit = 2000;

export interface Call {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

/**
 * One connection to a manager, opened by the first call and again when it was lost. It holds the event loop only while a call or a
 * watch is under way.
 */
export class Connection {
  readonly #scope: Scope;
  readonly #listeners = new Set<(message: Message | undefined) => void>();
  #opening: Promise<MessageBus> | undefined;
  #bus: MessageBus | undefined;
  #users = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** @throws PlatformError-like errors of the bus as they are; see errors.ts. Not sent again when the connection breaks. */
  async call<T = unknown>({ path, interface: face, member, signature, body }: Call): Promise<T> {
    return await this.hold(async () => {
      const bus = this.#bus ?? (await this.#connect());
      return await bus.invoke<T>({
        destination: 'org.freedesktop.systemd1',
        path,
        interface: face,
        member,
        ...(signature !== undefined && { signature, body: [...(body ?? [])] }),
      });
    });
  }

  /** The same for calls that may be made twice: sent again when the connection broke, as long as a manager may be away. */
  async ask<T = unknown>(call: Call): Promise<T> {
    const until = performance.now() + awayLimit;
    for (;;) {
      try {
        return await this.call<T>(call);
      } catch (error) {
        if (!isConnectionLost(error) || performance.now() >= until) throw error;
        await sleep(5);
      }
    }
  }

  /** Gets every signal of the manager, and `undefined` when some may have been missed: the connection was lost. */
  listen(listener: (message: Message | undefined) => void): () => void {
    this.#listeners.add(listener);
    this.#hold(1);
    return () => {
      if (this.#listeners.delete(listener)) this.#hold(-1);
    };
  }

  /** Keeps the event loop alive while `work` is under way. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#hold(1);
    try {
      return await work();
    } finally {
      this.#hold(-1);
    }
  }

  async close(): Promise<void> {
    const bus = await this.#opening?.catch(() => undefined);
    this.#bus = this.#opening = undefined;
    // It is waited for: until then it holds the event loop again.
    (bus?.connection.stream as { ref?(): void } | undefined)?.ref?.();
    await bus?.close();
  }

  #hold(count: number): void {
    this.#users += count;
    const stream = this.#bus?.connection.stream as { ref?(): void; unref?(): void } | undefined;
    if (this.#users === 0) stream?.unref?.();
    else if (this.#users === count) stream?.ref?.();
  }

  #connect(): Promise<MessageBus> {
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** A manager that should be there may just be re-executing itself, or about to start: it gets a moment. */
  async #open(): Promise<MessageBus> {
    const until = performance.now() + (this.#everOpen ? awayLimit : isExpected(this.#scope) ? firstLimit : 0);
    for (;;) {
      const addresses = managerAddresses(this.#scope).filter(({ socket }) => existsSync(socket));
      let last: unknown;
      for (const address of addresses) {
        try {
          return await this.#dial(address);
        } catch (error) {
          last = error;
        }
      }
      if (performance.now() >= until) throw unavailable(this.#scope, last);
      await sleep(20);
    }
  }

  #everOpen = false;

  async #dial({ socket, direct }: ManagerAddress): Promise<MessageBus> {
    const { createClient } = (await import('dbus-native')).default;
    const bus = createClient(direct ? { socket, direct: true } : { socket });
    const { connection } = bus;
    await new Promise<void>((resolve, reject) => {
      connection.once('connect', resolve);
      connection.on('error', reject);
      connection.once('close', (cause) => reject(cause ?? new Error(`${socket} was closed`)));
    });
    await (direct ? wake(bus) : subscribe(bus));
    connection.on('message', (message) => {
      if (message.type === 4) for (const listener of this.#listeners) listener(message);
    });
    connection.once('close', () => this.#lost(bus));
    if ((connection as DBusConnection).state === 'disconnected') throw new Error(`${socket} was closed`);
    this.#bus = bus;
    this.#everOpen = true;
    if (this.#users === 0) (connection.stream as { unref?(): void }).unref?.();
    return bus;
  }

  #lost(bus: MessageBus): void {
    if (this.#bus !== bus) return;
    this.#bus = this.#opening = undefined;
    for (const listener of this.#listeners) listener(undefined);
  }
}

/**
 * sd-bus does not look again at what it has read together with the last line of the handshake until more arrives (v252,
 * bus-socket.c): a first call would wait for ever now and then. So something is sent until an answer comes.
 */
async function wake(bus: MessageBus): Promise<void> {
  const ping = () => bus.invoke({ path: '/', interface: 'org.freedesktop.DBus.Peer', member: 'Ping' });
  const answers: Promise<unknown>[] = [];
  for (let answered = false; !answered; ) {
    const answer = Promise.resolve(ping());
    answer.catch(() => undefined);
    answers.push(answer);
    answered = await Promise.race([...answers.map((each) => each.then(() => true)), sleep(5, false)]);
  }
}

/** On a bus the manager sends signals only to those who have asked (org.freedesktop.systemd1(5), Subscribe). */
async function subscribe(bus: MessageBus): Promise<void> {
  await bus.addMatch("type='signal',sender='org.freedesktop.systemd1'");
  await bus.invoke({
    destination: 'org.freedesktop.systemd1',
    path: '/org/freedesktop/systemd1',
    interface: 'org.freedesktop.systemd1.Manager',
    member: 'Subscribe',
  });
}
