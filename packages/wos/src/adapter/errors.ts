import {
  configError,
  PlatformError,
  type PlatformErrorCode,
  type PlatformErrorReason,
} from '@duende/core/contract';

export interface Operation {
  readonly code: PlatformErrorCode;
  readonly name: string;
}

export function failed(
  { code, name }: Operation,
  message: string,
  reason: PlatformErrorReason,
  options: { hint?: string | undefined; field?: string; cause?: unknown } = {},
): PlatformError {
  return new PlatformError(code, message, { reason, platform: 'wos', operation: name, ...options });
}

/** A setting that is wrong. */
export const wrong = (field: string, message: string, hint?: string): PlatformError =>
  configError(`${field}: ${message}`, { field, platform: 'wos', operation: 'spawn', hint });

/** What the kernel says, or what keeps it from being reached, as an error of an operation of the adapter. */
export function asOperation(operation: Operation, error: unknown, what: string): PlatformError {
  if (!PlatformError.isInstance(error)) {
    const message = `${what}: ${error instanceof Error ? error.message : String(error)}`;
    return failed(operation, message, 'engine-error', { cause: error });
  }
  const { code, reason, message, hint, field } = error;
  const isOwn = code === 'Config' || code === 'NotSupported';
  return new PlatformError(isOwn ? code : operation.code, message, {
    ...{ reason, hint, field, platform: 'wos', operation: operation.name, cause: error },
  });
}

/** Calls that cannot be traced. */
export const wrongCalls = (message: string): PlatformError =>
  configError(`calls: ${message}`, { field: 'calls', platform: 'wos', operation: 'attachTracer' });
