/** How a process ended. A signal may come with what caused it. */
export type ProcessExit =
  | { readonly code: number }
  | {
      /** `SIGKILL`, `SIGTERM`, `SIGSEGV` ... */
      readonly signal: string;
      /** The trap, in V8's words, for a process that crashed. */
      readonly trap?: string;
      /** It went over its memory limit. */
      readonly oom?: true;
    };

const trapSignals: readonly (readonly [RegExp, string])[] = [
  [/unreachable/, 'SIGABRT'],
  [/divide|remainder|integer overflow|float unrepresentable|unrepresentable/, 'SIGFPE'],
  [/out of bounds|Maximum call stack|null reference|dereferencing/, 'SIGSEGV'],
  [/signature|null function|table/, 'SIGILL'],
];

/** What an error that left a module means: a trap is named after the signal that a native program would get. */
export function exitOfError(error: unknown): ProcessExit {
  const message = error instanceof Error ? error.message : 'an exception that nothing caught';
  const isTrap = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  const signal = isTrap ? trapSignals.find(([pattern]) => pattern.test(message))?.[1] : undefined;
  return { signal: signal ?? 'SIGABRT', trap: message };
}
