import type { DaemonStatus } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { type FoundDaemon, findDaemon } from '../daemon.ts';
import { ago, describeExit, describeHandle, describeReason, until } from '../describe.ts';
import { namePositional, placeOptions } from '../option.ts';
import { formatFields, plain } from '../table.ts';

export const command: Command = {
  name: 'status',
  summary: 'Show what a daemon is doing',
  positionals: [namePositional],
  options: placeOptions,
  examples: ['duende status web', 'duende status web --json'],
  async run(context) {
    const { adapter, handle } = await findDaemon(context);
    const status = await adapter.status(handle);
    if (context.json) context.out.json({ handle, status });
    else context.out.print(formatStatus(handle, status));
    return undefined;
  },
};

/** `Key: value` lines, times with their age. */
export function formatStatus(handle: FoundDaemon['handle'], status: DaemonStatus): string {
  const reason = describeReason(status);
  const time = (text: string | undefined) => (text === undefined ? undefined : `${text} (${ago(text)})`);
  return formatFields([
    ['Name', handle.name],
    ['Platform', `${handle.platform} (${describeHandle(handle)})`],
    ['State', reason ? `${status.state}: ${reason}` : status.state],
    ['PID', status.pid === undefined ? undefined : String(status.pid)],
    ['Started', time('startedAt' in status ? status.startedAt : undefined)],
    ['Finished', time('finishedAt' in status ? status.finishedAt : undefined)],
    [
      'Next start',
      'restartAt' in status && status.restartAt
        ? `${status.restartAt} (${until(status.restartAt)})`
        : undefined,
    ],
    ['Restarts', String(status.restarts)],
    ['Health', status.health],
    ['Last exit', status.lastExit ? describeExit(status.lastExit) : undefined],
    ['Message', status.message ? plain(status.message) : undefined],
  ]);
}
