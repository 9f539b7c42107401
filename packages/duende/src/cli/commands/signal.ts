import { parseSignal, type Signal, signals } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { findDaemon } from '../daemon.ts';
import { namePositional, placeOptions } from '../option.ts';

export const command: Command = {
  name: 'signal',
  summary: 'Send a signal to a daemon',
  positionals: [
    namePositional,
    {
      title: 'SIGNAL',
      kind: 'signal',
      complete: signals,
      help: `${signals.join(', ')}; also as SIGTERM, term or the Linux number`,
    },
  ],
  options: placeOptions,
  details: ['STOP pauses a daemon and CONT lets it go on. HUP makes a defineDaemon module reload.'],
  examples: ['duende signal web HUP', 'duende signal web USR1 --json'],
  async run(context) {
    const signal = parseSignal(context.args.positional('SIGNAL')) as Signal;
    const { adapter, handle } = await findDaemon(context);
    await adapter.signal(handle, signal);
    if (context.json) context.out.json({ handle, signal });
    else context.out.print(`sent ${signal} to ${handle.name}`);
    return undefined;
  },
};
