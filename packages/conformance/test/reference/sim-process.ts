import type { DaemonExit } from '@duende/core';

/** What a simulated process does on a signal instead of the default. */
export type Disposition = 'ignore' | (() => void);

const harmless = new Set(['CONT', 'CHLD']);

/** A process that exists only here: it has a PID, can be paused, signalled and killed, and ends once. */
export class SimProcess {
  readonly pid: number;
  readonly dispositions: Map<string, Disposition>;
  readonly ended: Promise<DaemonExit>;
  memory = 0;
  cpuUsec = 0;
  openFiles = 3;
  paused = false;
  exit: DaemonExit | undefined;
  #end: (exit: DaemonExit) => void = () => {};
  #resume = Promise.withResolvers<void>();
  #pending: string[] = [];

  constructor(pid: number, inherited: ReadonlyMap<string, Disposition> = new Map()) {
    this.pid = pid;
    this.dispositions = new Map([...inherited].filter(([, disposition]) => disposition === 'ignore'));
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get alive(): boolean {
    return this.exit === undefined;
  }

  end(exit: DaemonExit): void {
    if (this.exit) return;
    this.exit = exit;
    this.#end(exit);
  }

  deliver(signal: string): void {
    if (!this.alive) return;
    if (signal === 'KILL') this.end({ signal: 'SIGKILL' });
    else if (signal === 'STOP') this.#pause();
    else if (signal === 'CONT') this.#continue();
    else if (this.paused) this.#pending.push(signal);
    else this.#act(signal);
  }

  /** Goes on when the process may run again; never, once it is dead. */
  async turn(): Promise<void> {
    while (this.paused) await this.#resume.promise;
    if (!this.alive) await new Promise<never>(() => {});
  }

  async sleep(milliseconds: number): Promise<void> {
    const timer = Promise.withResolvers<void>();
    const timeout = setTimeout(timer.resolve, milliseconds);
    await Promise.race([timer.promise, this.ended]);
    clearTimeout(timeout);
    await this.turn();
  }

  #pause(): void {
    if (!this.paused) this.#resume = Promise.withResolvers<void>();
    this.paused = true;
  }

  #continue(): void {
    this.paused = false;
    this.#resume.resolve();
    this.#act('CONT');
    for (const signal of this.#pending.splice(0)) this.#act(signal);
  }

  #act(signal: string): void {
    const disposition = this.dispositions.get(signal);
    if (disposition === 'ignore') return;
    if (disposition) disposition();
    else if (!harmless.has(signal)) this.end({ signal: `SIG${signal}` });
  }
}
