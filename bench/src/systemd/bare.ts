import { once } from 'node:events';
import dbus, { type Message } from 'dbus-native';
import type { Scope } from './machine.ts';

/** systemd over its own socket with a D-Bus library and nothing else: what the adapter is held against. */
export class Bare {
  readonly #bus;
  readonly #results = new Map<string, (result: string) => void>();

  constructor(scope: Scope) {
    const folder = scope === 'system' ? '/run' : `/run/user/${process.getuid?.()}`;
    this.#bus = dbus.createClient({ socket: `${folder}/systemd/private`, direct: true });
    this.#bus.connection.on('message', ({ member, body = [] }: Message) => {
      if (member === 'JobRemoved') this.#results.get(String(body[1]))?.(String(body[3]));
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
    const job = await this.#call<string>('StartTransientUnit', 'ssa(sv)a(sa(sv))', [
      unit,
      'replace',
      properties,
      [],
    ]);
    const result = await new Promise<string>((resolve) => this.#results.set(job, resolve));
    this.#results.delete(job);
    if (result !== 'done') throw new Error(`the job of ${unit} ended with ${result}`);
  }

  async stop(unit: string): Promise<void> {
    await this.#call('StopUnit', 'ss', [unit, 'replace']);
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
