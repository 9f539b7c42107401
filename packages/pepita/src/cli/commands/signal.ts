import { parseSignal, type Signal } from '@duende/core/contract';
import type { Command, CommandContext } from '../command.ts';
import { findVm } from '../find-vm.ts';
import { nameOption } from '../option.ts';

/** Sends a signal and says so. */
export async function sendSignal(context: CommandContext, signal: Signal, done: string): Promise<undefined> {
  const { adapter, out, json } = context;
  const handle = await findVm(context);
  await adapter.signal(handle, signal);
  if (json) out.json({ name: handle.name, signal });
  else out.print(`${handle.name}: ${done}`);
}

export const command: Command = {
  name: 'signal',
  summary: 'Send a signal to the program of a VM',
  positionals: ['name', 'signal'],
  needs: ['name', 'signal'],
  options: [
    nameOption,
    {
      name: 'signal',
      value: 'SIGNAL',
      kind: 'signal',
      help: 'TERM, SIGTERM or 15: by name or by its number on Linux',
    },
  ],
  details: ['STOP and CONT freeze all of the VM and let it go on, as pause and resume do.'],
  examples: ['pepita signal --name web --signal 15', 'pepita signal web HUP'],
  async run(context) {
    const signal = parseSignal(context.args.text('signal') ?? '') as Signal;
    return await sendSignal(context, signal, `sent ${signal}`);
  },
};
