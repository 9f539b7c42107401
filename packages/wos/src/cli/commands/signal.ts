import { parseSignal } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { processOptions } from '../option.ts';
import { withProcess } from '../session.ts';

export const command: Command = {
  name: 'signal',
  summary: 'Send a signal to a process',
  positionals: ['pid', 'signal'],
  options: [
    ...processOptions,
    {
      name: 'signal',
      short: 's',
      value: 'SIGNAL',
      kind: 'signal',
      help: 'TERM, KILL, INT, QUIT, HUP, USR1, USR2, STOP, CONT or the Linux number of one; TERM without it',
    },
  ],
  examples: ['wos-ctl signal --pid 2 --signal HUP', 'wos-ctl kill --pid 2 --signal 9'],
  async run(context) {
    const signal = parseSignal(context.args.text('signal') ?? 'TERM') ?? 'TERM';
    await withProcess(context, async (client, pid) => {
      await client.request('signal', { pid, signal });
      if (context.json) context.out.json({ pid, signal });
    });
    return undefined;
  },
};
