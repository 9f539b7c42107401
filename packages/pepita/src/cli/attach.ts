import { constants } from 'node:os';
import { type DaemonHandle, type DaemonStatus, PlatformError, type Signal } from '@duende/core/contract';
import type { CommandContext } from './command.ts';
import { describeReason } from './describe.ts';
import type { Interrupt } from './interrupt.ts';
import { plain } from './table.ts';
import { exitCodes } from './usage.ts';

/** As shells have it: the exit code, or 128 and the signal's number. */
export function ownExitCode(status: DaemonStatus): number {
  const exit = 'exit' in status ? status.exit : undefined;
  if (exit === undefined) return status.state === 'stopped' ? exitCodes.done : exitCodes.failed;
  return 'code' in exit ? exit.code : 128 + (constants.signals[exit.signal as NodeJS.Signals] ?? 0);
}

/** How often Ctrl-C is passed on before it kills. */
const patience = 2;

/** Passes signals on to the program of a VM, in their order, also those that came before it ran. */
export class Forwarder {
  readonly #context: CommandContext;
  readonly #waiting: Signal[] = [];
  #handle: DaemonHandle | undefined;
  #interrupts = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** What came meanwhile goes to this one now. */
  begin(handle: DaemonHandle): void {
    this.#handle = handle;
    for (const signal of this.#waiting.splice(0)) this.send(signal);
  }

  take(name: Interrupt): void {
    if (name === 'SIGINT') this.#interrupts += 1;
    if (this.#interrupts > patience) {
      // Before there is a VM there is nothing to kill but this process.
      if (this.#handle === undefined) process.exit(128 + constants.signals.SIGINT);
      this.send('KILL');
    } else this.send(name.slice('SIG'.length) as Signal);
  }

  send(signal: Signal): void {
    const handle = this.#handle;
    if (handle === undefined) {
      this.#waiting.push(signal);
      return;
    }
    this.#last = this.#last.then(async () => {
      try {
        await this.#context.adapter.signal(handle, signal);
      } catch (error) {
        // It has ended meanwhile, as was wanted.
        if (!PlatformError.isInstance(error)) throw error;
        if (error.reason !== 'not-running' && error.reason !== 'not-found') {
          this.#context.out.note(`pepita: ${error.toLine()}`);
        }
      }
    });
  }
}

/** Prints what the program of a VM says until it has ended for good. @returns its exit code, as a shell has it */
export async function attach(context: CommandContext, handle: DaemonHandle): Promise<number> {
  const { adapter, out } = context;
  for await (const { stream, text } of adapter.logs(handle, { follow: true })) {
    (stream === 'stderr' ? out.stderr : out.stdout).write(`${text}\n`);
  }
  const status = await adapter.wait(handle);
  const isOrdinary =
    status.state === 'stopped' ||
    (status.state === 'failed' && ['exit-code', 'signal'].includes(status.reason));
  if (!isOrdinary) {
    const message = status.message ? `: ${plain(status.message)}` : '';
    out.note(`pepita: ${handle.name} ${describeReason(status)}${message}`);
  }
  return ownExitCode(status);
}
