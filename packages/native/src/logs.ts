import type { DaemonHandle, LogLine, LogsOptions } from '@duende/core/contract';
import { readLogFolder } from '@duende/program';
import { hasEnded, requirePage } from './entry.ts';
import type { NativePaths } from './paths.ts';

/** The lines of a daemon's log. @throws PlatformError StatusFailed / not-found */
export async function* readLogs(
  paths: NativePaths,
  handle: DaemonHandle,
  options: LogsOptions = {},
): AsyncGenerator<LogLine> {
  requirePage(paths, handle, 'StatusFailed', 'logs');
  yield* readLogFolder(paths.log(handle.name), () => hasEnded(paths, handle), options);
}
