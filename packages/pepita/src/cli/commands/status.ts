import type { Command } from '../command.ts';
import { formatStatus } from '../describe.ts';
import { describeVm, findVm } from '../find-vm.ts';
import { nameOption } from '../option.ts';

export const command: Command = {
  name: 'status',
  summary: 'Show what a VM is doing',
  positionals: ['name'],
  needs: ['name'],
  options: [nameOption],
  examples: ['pepita status --name web', 'pepita status --name web --json'],
  async run(context) {
    const vm = await describeVm(context.adapter, await findVm(context));
    if (context.json) context.out.json(vm);
    else context.out.print(formatStatus(vm));
    return undefined;
  },
};
