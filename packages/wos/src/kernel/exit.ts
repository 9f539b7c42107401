/** How a process ended. A signal may come with what caused it. */
export type ProcessExit =
  | {
      readonly code: number;
      /** It failed after it was refused memory that it asked for: it went over its limit. */
      readonly oom?: true;
    }
  | {
      /** `SIGKILL`, `SIGTERM`, `SIGSEGV` ... */
      readonly signal: string;
      /** The trap, in V8's words, for a process that crashed. */
      readonly trap?: string;
      /** It went over its memory limit. */
      readonly oom?: true;
    };

/** Signals of traps, with which programs end that cannot go on. */
const givingUp = ['SIGABRT', 'SIGSEGV', 'SIGILL', 'SIGFPE'];

/**
 * The end of a process that had been refused memory. What it did then is told by how it ended: when it went on and ended well,
 * or somebody else ended it, the refusal was not why.
 */
export function exitAfterRefusal(exit: ProcessExit): ProcessExit {
  const failed = 'code' in exit ? exit.code !== 0 : exit.trap !== undefined && givingUp.includes(exit.signal);
  return failed ? { ...exit, oom: true } : exit;
}

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
