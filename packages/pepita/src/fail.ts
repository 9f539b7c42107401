import { PlatformError, type PlatformErrorCode, type PlatformErrorOptions } from '@duende/core/contract';

/** A PlatformError of this platform. `operation` is `spawn` unless it is said. */
export function failure(
  message: string,
  reason: PlatformErrorOptions['reason'],
  more: Omit<PlatformErrorOptions, 'reason' | 'platform'> & { readonly code?: PlatformErrorCode } = {},
): PlatformError {
  const { code = 'SpawnFailed', ...options } = more;
  return new PlatformError(code, message, { platform: 'pepita', operation: 'spawn', reason, ...options });
}

/** The one-line text of anything that was thrown. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*[\r\n]+\s*/g, ' ').trim();
}

/** errno name of a system error, `ENOSPC`; empty for anything else. */
export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? '';
