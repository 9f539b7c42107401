/** Why messages cannot be sent: one line that says what to do. `code` is the errno's name where there is one. */
export class NotifyError extends Error {
  override readonly name = 'NotifyError';
  readonly code: string | undefined;

  constructor(message: string, options: { code?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
  }
}
