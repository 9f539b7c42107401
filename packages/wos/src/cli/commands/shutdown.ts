import { parseDuration } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { withKernel } from '../session.ts';

export const command: Command = {
  name: 'shutdown',
  summary: 'End all processes and the kernel',
  options: [
    {
      name: 'timeout',
      value: 'TIME',
      kind: 'duration',
      help: 'How long processes have to end before they are killed; 10s without it',
    },
  ],
  examples: ['wos-ctl shutdown', 'wos-ctl shutdown --timeout 1s'],
  async run(context) {
    const timeout = parseDuration(context.args.text('timeout') ?? '10s') ?? 0;
    await withKernel(context, (client) => client.request('shutdown', { timeout }));
    if (context.json) context.out.json({ shutdown: true });
    return undefined;
  },
};
