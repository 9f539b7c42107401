import { once } from 'node:events';
import dbus, { type Message } from 'dbus-native';
import type { Scope } from './machine.ts';

/** systemd over its own socket with a D-Bus library and nothing else: what the adapter is held against. */
export class Bare {
  readonly #bus;
  readonly #results = new Map<string, string>();
  #wake = (): void => {};

  constructor(scope: Scope) {
    const folder = scope === 'system' ? '/run' : `/run/user/${process.getuid?.()}`;
    this.#bus = dbus.createClient({ socket: `${folder}/systemd/private`, direct: true });
    this.#bus.connection.on('message', ({ member, body = [] }: Message) => {
      if (member !== 'JobRemoved') return;
      this.#results.set(String(body[1]), String(body[3]));
      this.#wake();
    });
  }

  async open(): Promise<void> {
    await once(this.#bus.connection, 'connect');
    // v252 may overlook what comes right behind the handshake.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** StartTransientUnit of a program, until its job is done. */
  async start(unit: string, program: readonly string[]): Promise<void> {
    const properties = [
      ['ExecStart', ['a(sasb)', [[program[0], program, false]]]],
      ['Type', ['s', 'exec']],
    ];
    await this.#job('StartTransientUnit', 'ssa(sv)a(sa(sv))', [unit, 'replace', properties, []]);
  }

  /** Until nothing of it is left to be done, which would be measured with whatever comes next. */
  async stop(unit: string): Promise<void> {
    await this.#job('StopUnit', 'ss', [unit, 'replace']);
  }

  async #job(member: string, signature: string, body: unknown[]): Promise<void> {
    const job = await this.#call<string>(member, signature, body);
    // It may be here before the answer is.
    while (!this.#results.has(job)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const result = this.#results.get(job);
    this.#results.clear();
    if (result !== 'done') throw new Error(`${member} ended with ${result}`);
  }

  close(): void {
    this.#bus.connection.end();
  }

  #call<T>(member: string, signature: string, body: unknown[]): Promise<T> {
    return Promise.resolve(
      this.#bus.invoke<T>({
        destination: 'org.freedesktop.systemd1',
        path: '/org/freedesktop/systemd1',
        interface: 'org.freedesktop.systemd1.Manager',
        member,
        signature,
        body,
      }),
    );
  }
}
