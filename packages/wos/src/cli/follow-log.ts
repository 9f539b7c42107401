import { utimesSync } from 'node:fs';
import type { LogLine, LogsOptions } from '@duende/core/contract';
import { readLogFolder } from '@duende/program';

/** The lines of a log as they are written, until the process has ended. @throws what `ended` rejects with */
export async function* followLog(
  log: string,
  ended: Promise<unknown>,
  options: Omit<LogsOptions, 'follow'>,
): AsyncGenerator<LogLine> {
  let hasEnded = false;
  let failure: { readonly error: unknown } | undefined;
  const wake = () => {
    hasEnded = true;
    try {
      // The last line is there already: nothing else would tell the reader that it is the last.
      utimesSync(log, new Date(), new Date());
    } catch {
      // It looks for itself after a while.
    }
  };
  ended.then(wake, (error: unknown) => {
    failure = { error };
    wake();
  });
  yield* readLogFolder(log, () => hasEnded, { ...options, follow: true });
  if (failure) throw failure.error;
}
