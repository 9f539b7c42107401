import { join } from 'node:path';
import { type DaemonHandle, isTerminal, type LogLine, type LogsOptions } from '@duende/core/contract';
import { readLogFolder } from '@duende/program';
import type { Context } from './context.ts';
import { requireDaemon } from './daemon.ts';
import { daemonStatus } from './status.ts';

const operation = { code: 'StatusFailed', name: 'logs' } as const;

/** The lines of a daemon, which its bridge takes out of the guest. */
export async function* readLogs(
  context: Context,
  handle: DaemonHandle,
  options: LogsOptions,
): AsyncGenerator<LogLine> {
  requireDaemon(context, handle, operation);
  const hasEnded = async (): Promise<boolean> => {
    try {
      return isTerminal(await daemonStatus(context, requireDaemon(context, handle, operation)));
    } catch {
      return true;
    }
  };
  yield* readLogFolder(join(context.store.run(handle.name), 'log'), hasEnded, options);
}
