import type { Command } from '../command.ts';
import { findDaemon } from '../daemon.ts';
import { describeHandle } from '../describe.ts';
import { namePositional, placeOptions } from '../option.ts';
import { withProgress } from '../progress.ts';
import { stopOptions, timeoutOption } from './stop.ts';

export const command: Command = {
  name: 'restart',
  summary: 'Stop a daemon and start it again',
  positionals: [namePositional],
  options: [timeoutOption, ...placeOptions],
  details: ['With the settings it was spawned with; its log goes on. Also starts one that has ended.'],
  examples: ['duende restart web', 'duende restart web --timeout 5s --json'],
  async run(context) {
    const found = await findDaemon(context);
    const { adapter } = found;
    const restarting = adapter.restart(found.handle, stopOptions(context.args));
    const handle = await withProgress(context.out, `restarting ${found.handle.name}`, restarting);
    if (context.json) context.out.json({ handle, status: await adapter.status(handle) });
    else context.out.print(`${handle.name} runs again on ${handle.platform} (${describeHandle(handle)})`);
    return undefined;
  },
};
