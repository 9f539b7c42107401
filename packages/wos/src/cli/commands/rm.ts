import type { Command } from '../command.ts';
import { processOptions } from '../option.ts';
import { withProcess } from '../session.ts';

export const command: Command = {
  name: 'rm',
  summary: 'Forget a process that has ended, and its log',
  positionals: ['pid'],
  options: processOptions,
  details: ['The last 256 that have ended are kept without that.'],
  examples: ['wos-ctl rm --pid 2'],
  async run(context) {
    await withProcess(context, async (client, pid) => {
      await client.request('remove', { pid });
      if (context.json) context.out.json({ pid, removed: true });
    });
    return undefined;
  },
};
