import { join } from 'node:path';
import { type DaemonHandle, isTerminal, type LogLine, type LogsOptions } from '@duende/core/contract';
import { readLogFolder } from '@duende/program';
import { type Context, requireDaemon, translate } from './daemon.ts';
import { daemonStatus } from './status.ts';

const operation = { code: 'StatusFailed', name: 'logs' } as const;

/** The lines of a daemon: the engine's log, or our init's where the engine has none that loses nothing. */
export async function* readLogs(
  context: Context,
  handle: DaemonHandle,
  options: LogsOptions,
): AsyncGenerator<LogLine> {
  const { engine, state } = context;
  const found = await requireDaemon(context, handle, operation);
  const hasEnded = async (): Promise<boolean> => {
    const now = await requireDaemon(context, handle, operation).catch(() => undefined);
    return now === undefined || isTerminal(daemonStatus(now, () => state.spec(found.key).stopSignal));
  };
  if (engine.logs === undefined)
    return yield* readLogFolder(join(state.run(found.key), 'log'), hasEnded, options);
  try {
    // The engine ends it with the container.
    yield* engine.logs(found.container.id, options);
  } catch (error) {
    throw translate(context, error, operation, `cannot show the log of ${handle.name}`);
  }
}
