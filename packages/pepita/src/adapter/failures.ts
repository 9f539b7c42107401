import { PlatformError, type PlatformErrorCode, type PlatformErrorReason } from '@duende/core/contract';
import { codeOf, messageOf } from '../fail.ts';

export interface Operation {
  readonly code: PlatformErrorCode;
  readonly name: string;
}

export function failed(
  { code, name }: Operation,
  message: string,
  reason: PlatformErrorReason,
  hint?: string,
  cause?: unknown,
): PlatformError {
  return new PlatformError(code, message, { reason, platform: 'pepita', operation: name, hint, cause });
}

/** Errors of what this adapter is built on, as those of an operation of its own. */
export function asOperation(operation: Operation, error: unknown, what: string): PlatformError {
  if (PlatformError.isInstance(error)) {
    if (error.code === 'Config' || error.code === 'NotSupported') return error;
    return failed(operation, error.message, error.reason, error.hint, error);
  }
  return failed(operation, `${what}: ${messageOf(error)}`, 'engine-error', undefined, error);
}

/** A state folder that cannot be written. */
export function storeError(base: string, cause: unknown): PlatformError {
  const code = codeOf(cause);
  const isDenied = ['EACCES', 'EPERM', 'EROFS'].includes(code);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return failed(
    { code: 'SpawnFailed', name: 'spawn' },
    `Cannot write to the state folder ${base}: ${code || messageOf(cause)}`,
    isDenied ? 'permission-denied' : 'engine-error',
    isFull
      ? 'Free some disk space, or set DUENDE_STATE_DIR to another disk'
      : 'Set DUENDE_STATE_DIR to a folder that you may write',
    cause,
  );
}
