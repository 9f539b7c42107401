import type { Command } from '../command.ts';
import { processOptions } from '../option.ts';
import { parsePriority, priorityTitle } from '../priority.ts';
import { withProcess } from '../session.ts';

export const command: Command = {
  name: 'renice',
  summary: 'Change the priority of a process',
  positionals: ['pid', 'priority'],
  needs: ['priority'],
  options: [...processOptions, { name: 'priority', value: 'LEVEL', kind: 'priority', help: priorityTitle }],
  examples: ['wos-ctl renice --pid 2 --priority idle'],
  async run(context) {
    const priority = parsePriority(context.args.text('priority') ?? '') ?? 0;
    await withProcess(context, async (client, pid) => {
      await client.request('renice', { pid, priority });
      if (context.json) context.out.json({ pid, priority });
    });
    return undefined;
  },
};
