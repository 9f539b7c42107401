import { formatDuration } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { ageOf, describeMessage } from '../describe.ts';
import { type ListedDaemon, listDaemons } from '../listing.ts';
import { placeOptions } from '../option.ts';
import type { Paint } from '../table.ts';
import { formatTable } from '../table.ts';

export const command: Command = {
  name: 'ps',
  summary: 'List the daemons',
  positionals: [],
  options: placeOptions,
  details: ['Running or not. What could not be read is on stderr, a line each.'],
  examples: ['duende ps', 'duende ps --platform native --json'],
  async run(context) {
    const { daemons, problems } = await listDaemons(context);
    const { out } = context;
    if (context.json) out.json(daemons.map(({ handle, status }) => ({ handle, status })));
    else
      out.print(
        formatTable(
          head,
          daemons.map((daemon) => row(daemon, out.paint)),
        ),
      );
    for (const problem of problems) out.note(`duende: ${problem}`);
    return undefined;
  },
};

const head = ['NAME', 'PLATFORM', 'STATE', 'PID', 'RESTARTS', 'UPTIME', 'MESSAGE'];

function row({ handle, status }: ListedDaemon, colors: Paint): string[] {
  const isLive = status.pid !== undefined && 'startedAt' in status && status.startedAt !== undefined;
  return [
    handle.name,
    handle.platform,
    colorState(status.state, colors),
    status.pid === undefined ? '-' : String(status.pid),
    String(status.restarts),
    isLive ? formatDuration(ageOf(status.startedAt as string)) : '-',
    describeMessage(status),
  ];
}

export function colorState(state: ListedDaemon['status']['state'], colors: Paint): string {
  if (state === 'running') return colors.green(state);
  if (state === 'failed') return colors.red(state);
  return state === 'stopped' ? colors.dim(state) : colors.yellow(state);
}
