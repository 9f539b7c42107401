import { formatDuration, formatSize } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { describeAge, describeState } from '../describe.ts';
import { processOptions } from '../option.ts';
import { findProcess } from '../session.ts';
import { formatFields, plain } from '../table.ts';

export const command: Command = {
  name: 'status',
  summary: 'Show what a process is doing',
  positionals: ['pid'],
  options: processOptions,
  examples: ['wos-ctl status --pid 2 --json', 'wos-ctl status --name web'],
  async run(context) {
    const { out, json } = context;
    const found = await findProcess(context);
    if (json) {
      out.json(found);
      return undefined;
    }
    const { exit } = found;
    out.print(
      formatFields([
        ['PID', String(found.pid)],
        ['Name', plain(found.name)],
        ['State', describeState(found)],
        ['Trap', exit && 'trap' in exit && exit.trap !== undefined ? plain(exit.trap) : undefined],
        ['Parent', String(found.parent)],
        ['Priority', `${found.priority} (${found.priorityName})`],
        ['CPU', formatDuration(found.cpuTime)],
        ['Memory', formatSize(found.memory)],
        ['Restarts', String(found.restarts)],
        ['Started', `${found.startedAt}, ${describeAge(found, Date.now())}`],
        ['Ended', found.endedAt],
        ['Module', found.module && plain(found.module)],
        ['Arguments', plain(found.args.slice(1).join(' ')) || undefined],
        ['Log', found.log],
        ['Blocked', found.logBlocked === undefined ? undefined : `its log: ${plain(found.logBlocked)}`],
      ]),
    );
    return undefined;
  },
};
