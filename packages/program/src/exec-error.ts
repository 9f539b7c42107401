import { existsSync } from 'node:fs';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import { configError, type Platform, PlatformError } from '@duende/core/contract';

/** A path that is impossible whatever the disk holds: a wrong setting rather than a failed start. `code` as `ELOOP`. */
export const isImpossiblePath = (code: string): boolean => code === 'ELOOP' || code === 'ENAMETOOLONG';

/** Why execve(2) of `file` failed, by its errno. `noEntryHint`: what else may hide a file that is there. */
export function execError(file: string, errno: number, platform: Platform, noEntryHint = ''): PlatformError {
  const at = { platform, operation: 'spawn' } as const;
  const code = getSystemErrorName(-errno);
  const why = getSystemErrorMessage(-errno);
  if (isImpossiblePath(code)) {
    return configError(`program: ${file.slice(0, 80)}: ${why}`, { ...at, field: 'program' });
  }
  if (code === 'E2BIG') {
    return configError('args and env together are too long for execve(2)', {
      ...at,
      field: 'args',
      hint: 'Pass large data in a file',
    });
  }
  const hints: Record<string, string> = {
    ENOENT: existsSync(file)
      ? `The interpreter in its first line, or its dynamic loader, does not exist${noEntryHint}`
      : 'Check the path of the program',
    EACCES: 'It must be a file with execute permission for the user that runs it (chmod +x)',
    ENOEXEC: 'It is no executable; a script needs a first line such as #!/bin/sh',
  };
  return new PlatformError('SpawnFailed', `Cannot execute ${file}: ${why}`, {
    ...at,
    reason: 'exec-failed',
    field: 'program',
    hint: hints[code],
  });
}
