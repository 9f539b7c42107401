import { getSystemErrorMessage } from 'node:util';
import { type Platform, PlatformError, type PlatformErrorOptions } from '@duende/core/contract';

/** A program that cannot be started from an image. */
export function notExecutable(
  message: string,
  platform: Platform,
  hint?: string,
  more: Partial<PlatformErrorOptions> = {},
): PlatformError {
  return new PlatformError('SpawnFailed', message, {
    reason: 'exec-failed',
    platform,
    operation: 'spawn',
    field: 'program',
    hint,
    ...more,
  });
}

/** A host file is not what it was when the image was planned. */
export function changedFile(path: string, platform: Platform, cause?: unknown): PlatformError {
  return new PlatformError('SpawnFailed', `${path} has changed while the image was made of it`, {
    reason: 'engine-error',
    platform,
    operation: 'spawn',
    hint: 'Start the daemon again once the file is complete',
    cause,
  });
}

/** A host file that may not or cannot be read. */
export function unreadableFile(path: string, platform: Platform, cause: unknown): PlatformError {
  const { errno = -5, code } = cause as NodeJS.ErrnoException;
  const isDenied = code === 'EACCES' || code === 'EPERM';
  return new PlatformError('SpawnFailed', `Cannot read ${path}: ${getSystemErrorMessage(errno)}`, {
    reason: isDenied ? 'permission-denied' : 'engine-error',
    platform,
    operation: 'spawn',
    hint: isDenied ? 'Let the user that starts the daemon read it, or leave it out' : undefined,
    cause,
  });
}
