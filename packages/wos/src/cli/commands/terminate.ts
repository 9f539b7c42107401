import { parseDuration } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { processOptions } from '../option.ts';
import { withProcess } from '../session.ts';

export const command: Command = {
  name: 'terminate',
  summary: 'End a process: TERM first, KILL after a while',
  positionals: ['pid'],
  options: [
    ...processOptions,
    { name: 'timeout', value: 'TIME', kind: 'duration', help: 'Until it is killed; 10s without it' },
  ],
  details: ['Returns when the process has ended.'],
  examples: ['wos-ctl terminate --pid 2', 'wos-ctl terminate --name web --timeout 1s'],
  async run(context) {
    const timeout = parseDuration(context.args.text('timeout') ?? '10s') ?? 0;
    await withProcess(context, async (client, pid) => {
      const exit = await client.request('terminate', { pid, timeout });
      if (context.json) context.out.json({ pid, exit });
    });
    return undefined;
  },
};
