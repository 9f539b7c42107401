import { join } from 'node:path';
import { type DaemonHandle, isTerminal, type LogLine, type LogsOptions } from '@duende/core/contract';
import { readLogFolder } from '@duende/program';
import { type Context, requireDaemon } from './daemon.ts';
import { daemonStatus } from './status.ts';

const operation = { code: 'StatusFailed', name: 'logs' } as const;

/** The lines of a daemon, as our init keeps them. The engine has a copy (`docker logs`), which is cut by the engine's own rules. */
export async function* readLogs(
  context: Context,
  handle: DaemonHandle,
  options: LogsOptions,
): AsyncGenerator<LogLine> {
  const { state } = context;
  const { key } = await requireDaemon(context, handle, operation);
  const hasEnded = async (): Promise<boolean> => {
    const now = await requireDaemon(context, handle, operation).catch(() => undefined);
    return now === undefined || isTerminal(daemonStatus(now, () => state.spec(key).stopSignal));
  };
  yield* readLogFolder(join(state.run(key), 'log'), hasEnded, options);
}
