import { PlatformError } from '@duende/core/contract';

/** Why the state folder cannot be used, and what to do. */
export function folderError(base: string, cause: unknown): PlatformError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new PlatformError('SpawnFailed', `Cannot write to the folder ${base}: ${code ?? message}`, {
    reason: denied ? 'permission-denied' : 'engine-error',
    platform: 'macos',
    operation: 'spawn',
    hint: full
      ? 'Free some disk space, or set DUENDE_STATE_DIR to another disk'
      : 'Set DUENDE_STATE_DIR to a folder that you may write',
    cause,
  });
}
