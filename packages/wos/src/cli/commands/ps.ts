import type { Command } from '../command.ts';
import { processTable } from '../describe.ts';
import { allProcesses } from '../session.ts';

export const command: Command = {
  name: 'ps',
  summary: 'List the processes',
  options: [{ name: 'all', short: 'a', help: 'Also those that have ended, or were lost with their kernel' }],
  details: ['Without a kernel there is nothing that runs; --all lists what former ones left.'],
  examples: ['wos-ctl ps', 'wos-ctl ps --all --json'],
  async run(context) {
    const { args, out, json } = context;
    const all = await allProcesses(context);
    const shown = args.has('all')
      ? all
      : all.filter(({ endedAt, state }) => endedAt === undefined && state !== 'lost');
    if (json) out.json(shown);
    else out.print(processTable(shown, Date.now()));
    return undefined;
  },
};
