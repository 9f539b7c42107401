export type EngineErrorKind =
  | 'unreachable'
  | 'denied'
  | 'not-found'
  | 'conflict'
  | 'no-image'
  | 'not-running'
  | 'invalid'
  | 'full'
  | 'timeout'
  | 'engine';

/** What an engine, or the way to it, said no to. `message` is the engine's own. */
export class EngineError extends Error {
  readonly kind: EngineErrorKind;

  constructor(kind: EngineErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.kind = kind;
  }
}
