import { type DaemonHandle, isTerminal, type LogLine, type LogsOptions } from '@duende/core/contract';
import { readLogFolder } from '@duende/program';
import { type Context, requirePage } from './daemon.ts';
import { readStatus } from './status.ts';

const operation = { code: 'StatusFailed', name: 'logs' } as const;

/** The lines of a daemon's log. @throws PlatformError StatusFailed / not-found */
export async function* readLogs(
  context: Context,
  handle: DaemonHandle,
  options: LogsOptions,
): AsyncGenerator<LogLine> {
  requirePage(context, handle, operation);
  // One that is gone has ended.
  const hasEnded = (): Promise<boolean> =>
    readStatus(context, handle, operation).then(isTerminal, () => true);
  yield* readLogFolder(context.state.file(handle.name, 'log'), hasEnded, options);
}
