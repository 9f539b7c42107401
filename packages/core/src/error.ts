import type { Platform } from './platform.ts';

/** The six errors an adapter operation can end with. Each has its heading in docs/errors.md. */
export const errorCodes = [
  'SpawnFailed',
  'SignalFailed',
  'StatusFailed',
  'TracerFailed',
  'NotSupported',
  'Config',
] as const;
export type PlatformErrorCode = (typeof errorCodes)[number];

/** Why it ended so, from a closed list: what a program branches on. */
export const errorReasons = [
  'not-found',
  'already-exists',
  'not-running',
  'permission-denied',
  'timeout',
  'unavailable',
  'exec-failed',
  'invalid-setting',
  'engine-error',
] as const;
export type PlatformErrorReason = (typeof errorReasons)[number];

export interface PlatformErrorOptions {
  readonly reason: PlatformErrorReason;
  readonly platform?: Platform | undefined;
  /** The interface method that failed: `spawn`, `signal`, `status` ... */
  readonly operation?: string | undefined;
  /** What the reader can do about it, as one sentence. */
  readonly hint?: string | undefined;
  /** The spec field at fault, for `Config` errors: `resources.memoryMax`. */
  readonly field?: string | undefined;
  readonly cause?: unknown;
}

const marker = Symbol.for('duende.PlatformError');

/** The one error type of every adapter. Recognise it with `PlatformError.isInstance`, which works across copies of the package. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly code: PlatformErrorCode;
  readonly reason: PlatformErrorReason;
  readonly platform: Platform | undefined;
  readonly operation: string | undefined;
  readonly hint: string | undefined;
  readonly field: string | undefined;
  readonly [marker] = true;

  constructor(code: PlatformErrorCode, message: string, options: PlatformErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = options.reason;
    this.platform = options.platform;
    this.operation = options.operation;
    this.hint = options.hint;
    this.field = options.field;
  }

  /** True for a PlatformError of any copy or version of this package. */
  static isInstance(value: unknown): value is PlatformError {
    return typeof value === 'object' && value !== null && marker in value;
  }

  /** The error as one line: what failed and why, then what to do. */
  toLine(): string {
    const line = this.hint === undefined ? this.message : `${this.message}. ${this.hint}`;
    return line.replace(/\s*[\r\n]+\s*/g, ' ');
  }

  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      reason: this.reason,
      message: this.message,
      platform: this.platform,
      operation: this.operation,
      field: this.field,
      hint: this.hint,
    };
  }
}

/** A `Config` error: a setting is wrong or cannot be enforced. `field` is its path in the spec. */
export function configError(
  message: string,
  options: Omit<PlatformErrorOptions, 'reason'> & { reason?: PlatformErrorReason } = {},
): PlatformError {
  return new PlatformError('Config', message, { reason: 'invalid-setting', ...options });
}
