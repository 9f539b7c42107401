import { type DaemonHandle, isTerminal, type LogLine, type LogsOptions } from '@duende/core/contract';
import { readLogFolder } from '@duende/program';
import { askAbout, notFound } from './daemon.ts';
import type { Session } from './session.ts';

const operation = { code: 'StatusFailed', name: 'logs' } as const;

/** The lines of a daemon, from the files in which the kernel keeps them. */
export async function* readLogs(
  session: Session,
  handle: DaemonHandle,
  options: LogsOptions,
): AsyncGenerator<LogLine> {
  const { daemon } = await askAbout(session, 'daemon.find', handle, operation, {});
  if (daemon === undefined) throw notFound(operation, handle.name);
  const hasEnded = async (): Promise<boolean> => {
    try {
      return isTerminal(await askAbout(session, 'daemon.status', handle, operation, {}));
    } catch {
      return true;
    }
  };
  yield* readLogFolder(daemon.log, hasEnded, options);
}
