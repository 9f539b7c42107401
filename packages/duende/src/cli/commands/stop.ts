import type { StopOptions } from '@duende/core/contract';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import { findDaemon } from '../daemon.ts';
import { describeEnd } from '../describe.ts';
import { namePositional, type OptionSpec, placeOptions } from '../option.ts';
import { withProgress } from '../progress.ts';

export const timeoutOption: OptionSpec = {
  name: 'timeout',
  short: 't',
  value: 'DURATION',
  kind: 'duration',
  help: 'How long it may take to end before everything is killed; its own stop timeout without it',
};

export function stopOptions(args: Arguments): StopOptions {
  const timeout = args.duration('timeout');
  return timeout === undefined ? {} : { timeout };
}

export const command: Command = {
  name: 'stop',
  summary: 'Stop a daemon and everything it started',
  positionals: [namePositional],
  options: [timeoutOption, ...placeOptions],
  details: ['Sends its stop signal, waits, then kills. Stopping a daemon that has ended changes nothing.'],
  examples: ['duende stop web', 'duende stop web --timeout 10s'],
  async run(context) {
    const { adapter, handle } = await findDaemon(context);
    const stopping = adapter.stop(handle, stopOptions(context.args));
    const status = await withProgress(context.out, `stopping ${handle.name}`, stopping);
    if (context.json) context.out.json({ handle, status });
    else context.out.print(describeEnd(handle, status));
    return undefined;
  },
};
