import { PlatformError, type PlatformErrorCode, type PlatformErrorReason } from '@duende/core/contract';
import type { ErrorDocument } from './documents.ts';

/** For the wire. What is no PlatformError is a fault of the kernel, and says so. */
export function encodeError(error: unknown): ErrorDocument {
  if (!PlatformError.isInstance(error)) {
    const message = `The kernel failed: ${error instanceof Error ? error.message : String(error)}`;
    return {
      code: 'StatusFailed',
      reason: 'engine-error',
      message,
      hint: 'See wosd.log in the state folder',
    };
  }
  const { code, reason, message, operation, field, hint } = error;
  const given = Object.entries({ operation, field, hint }).filter(([, value]) => value !== undefined);
  return { code, reason, message, ...Object.fromEntries(given) };
}

export function decodeError({ code, reason, message, ...rest }: ErrorDocument): PlatformError {
  return new PlatformError(code, message, { reason, platform: 'wos', ...rest });
}

export function wosError(
  code: PlatformErrorCode,
  reason: PlatformErrorReason,
  message: string,
  options: { hint?: string; cause?: unknown; operation?: string; field?: string } = {},
): PlatformError {
  return new PlatformError(code, message, { reason, platform: 'wos', ...options });
}

/** Versions that do not talk to each other. */
export const otherVersion = (kernel: number, client: number): PlatformError =>
  wosError(
    'NotSupported',
    'unavailable',
    `The kernel speaks version ${kernel} of the control protocol and the client version ${client}`,
    { hint: 'Shut the kernel down with the wos-ctl that booted it, or use that one' },
  );

export const kernelIsNotThere = (cause?: unknown): PlatformError =>
  wosError('StatusFailed', 'unavailable', 'The kernel does not run', {
    hint: 'wos-ctl spawn starts it, and so does: wos-ctl boot',
    cause,
  });

export const kernelIsGone = (cause?: unknown): PlatformError =>
  wosError('StatusFailed', 'unavailable', 'The kernel was killed, and its processes with it', {
    hint: 'wos-ctl ps --all shows what ran; the next wos-ctl spawn boots it again',
    cause,
  });
