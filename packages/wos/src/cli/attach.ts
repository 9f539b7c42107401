import { constants } from 'node:os';
import { PlatformError, type Signal } from '@duende/core/contract';
import type { WosClient } from '../protocol/client.ts';
import type { ExitDocument, ProcessDocument } from '../protocol/documents.ts';
import type { CommandContext } from './command.ts';
import { followLog } from './follow-log.ts';
import { onInterrupt } from './interrupt.ts';

/** How often Ctrl-C is passed on before it kills. */
const patience = 2;

/** As shells have it: the exit code, or 128 and the signal's number. */
export function exitCodeOfProcess(exit: ExitDocument): number {
  return 'code' in exit ? exit.code & 0xff : 128 + (constants.signals[exit.signal as NodeJS.Signals] ?? 0);
}

/** Prints what the process writes until it has ended, and passes signals on. @returns its exit code, as a shell has it */
export async function attach(
  { out, json, outputClosed }: CommandContext,
  client: WosClient,
  { pid, name, log }: ProcessDocument,
): Promise<number> {
  let interrupts = 0;
  const send = (signal: Signal) =>
    client.request('signal', { pid, signal }).catch((error: unknown) => {
      // It has ended meanwhile, as was wanted, or the kernel has: whoever waits for the end is told.
      if (!PlatformError.isInstance(error)) throw error;
    });
  using _ = onInterrupt((signal) => {
    if (signal === 'SIGINT') interrupts++;
    void send(interrupts > patience ? 'KILL' : (signal.slice('SIG'.length) as Signal));
  });
  const ended = client.request('wait', { pid });
  for await (const line of followLog(log, ended, { signal: outputClosed })) {
    if (json) out.print(JSON.stringify(line));
    else (line.stream === 'stderr' ? out.stderr : out.stdout).write(`${line.text}\n`);
  }
  const exit = await ended;
  if ('signal' in exit) {
    const why = exit.oom ? ': it needs more memory than --memory allows' : exit.trap ? `: ${exit.trap}` : '';
    out.note(`wos-ctl: ${name} was ended by ${exit.signal}${why}`);
  }
  return exitCodeOfProcess(exit);
}
