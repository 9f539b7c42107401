/**
 * Why a module cannot be rewritten: it is not valid WebAssembly, it is larger than we take, it needs a feature that processes do not
 * have, it needs more memory than it may have, or it uses a name that is ours.
 */
export type RewriteErrorCode = 'invalid' | 'too-large' | 'unsupported' | 'memory' | 'name-taken';

/** A module that cannot be rewritten. The message is one line: what is wrong and what to do about it. */
export class RewriteError extends Error {
  override readonly name = 'RewriteError';
  readonly code: RewriteErrorCode;

  constructor(code: RewriteErrorCode, message: string, options?: ErrorOptions) {
    super(message.replace(/\s*[\r\n]+\s*/g, ' ').trim(), options);
    this.code = code;
  }
}

/** A feature that a module uses and that processes do not have. */
export function unsupported(feature: string, hint?: string): RewriteError {
  const advice = hint === undefined ? '' : `: ${hint}`;
  return new RewriteError(
    'unsupported',
    `The module uses ${feature}, which WOS processes do not have${advice}`,
  );
}
