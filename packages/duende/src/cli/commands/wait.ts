import { constants } from 'node:os';
import { type DaemonStatus, formatDuration, PlatformError } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { findDaemon } from '../daemon.ts';
import { describeEnd } from '../describe.ts';
import { interruptible } from '../interrupt.ts';
import { namePositional, placeOptions } from '../option.ts';
import { exitCodes } from '../usage.ts';

export const command: Command = {
  name: 'wait',
  summary: 'Wait until a daemon has ended',
  positionals: [namePositional],
  options: [
    {
      name: 'timeout',
      short: 't',
      value: 'DURATION',
      kind: 'duration',
      help: 'Give up, with exit code 1, after this time',
    },
    {
      name: 'exit-code',
      help: "Exit with the daemon's own code, or 128 and the number of the signal that ended it",
    },
    ...placeOptions,
  ],
  details: ['Prints the final status. Exit code 0 when it stopped, 1 when it failed; see also --exit-code.'],
  examples: ['duende wait web', 'duende wait job --exit-code --timeout 1h'],
  async run(context) {
    const { adapter, handle } = await findDaemon(context);
    using interruption = interruptible(context);
    const timeout = context.args.duration('timeout');
    const late = new AbortController();
    // A timer takes at most 2^31-1 ms; a longer wait is as good as none.
    const timer =
      timeout === undefined || timeout > 2_147_483_647 ? undefined : setTimeout(() => late.abort(), timeout);
    let status: DaemonStatus;
    try {
      status = await adapter.wait(handle, { signal: AbortSignal.any([interruption.signal, late.signal]) });
    } catch (error) {
      if (interruption.signal.aborted) return interruption.exitCode();
      if (!late.signal.aborted) throw error;
      throw new PlatformError(
        'StatusFailed',
        `${handle.name} has not ended within ${formatDuration(timeout as number)}`,
        { reason: 'timeout', platform: handle.platform, operation: 'wait', hint: 'Wait longer, or stop it' },
      );
    } finally {
      clearTimeout(timer);
    }
    if (context.json) context.out.json({ handle, status });
    else context.out.print(describeEnd(handle, status));
    if (context.args.has('exit-code')) return ownExitCode(status);
    return status.state === 'stopped' ? exitCodes.done : exitCodes.failed;
  },
};

/** As shells have it: the exit code, or 128 and the signal's number. */
function ownExitCode(status: DaemonStatus): number {
  const exit = 'exit' in status ? status.exit : undefined;
  if (exit === undefined) return status.state === 'stopped' ? exitCodes.done : exitCodes.failed;
  if ('code' in exit) return exit.code;
  return 128 + (constants.signals[exit.signal as NodeJS.Signals] ?? 0);
}
