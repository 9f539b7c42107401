import { configError, PlatformError } from '@duende/core/contract';

/** As those of `duende`. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  noSuchProcess: 3,
  /** EX_UNAVAILABLE of sysexits.h. */
  unavailable: 69,
} as const;

/** The command line itself is wrong. */
export const usageError = (message: string, hint?: string): PlatformError => configError(message, { hint });

/** For messages: quoted, and short. */
export function quote(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > 60 ? `${quoted.slice(0, 57)}..."` : quoted;
}

export function exitCodeOf(error: unknown): number {
  if (!PlatformError.isInstance(error)) return exitCodes.failed;
  const { code, reason } = error;
  if (reason === 'unavailable' && code !== 'SpawnFailed') return exitCodes.unavailable;
  if (code === 'Config') return reason === 'invalid-setting' ? exitCodes.usage : exitCodes.failed;
  const isAboutProcess = code === 'StatusFailed' || code === 'SignalFailed';
  return reason === 'not-found' && isAboutProcess ? exitCodes.noSuchProcess : exitCodes.failed;
}

/** One line for people: what failed, why, and what to do. */
export function errorLine(error: unknown): string {
  const text = PlatformError.isInstance(error)
    ? error.toLine()
    : `Unexpected error: ${error instanceof Error ? error.message : String(error)}. Run it again with --verbose and report what it prints`;
  return text.replace(/[\u0000-\u001F\u007F-\u009F]+/g, ' ').trim();
}

/** Where an error came from, for --verbose: its code and reason, then each cause. */
export function causeLines(error: unknown): string[] {
  const lines: string[] = [];
  if (PlatformError.isInstance(error)) {
    const { code, reason, operation, field } = error;
    const facts = Object.entries({ code, reason, operation, field }).filter(
      ([, value]) => value !== undefined,
    );
    lines.push(`  ${facts.map(([name, value]) => `${name}=${value}`).join(' ')}`);
  } else if (error instanceof Error && error.stack) lines.push(error.stack);
  const seen = new Set<unknown>([error]);
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && !seen.has(cause)) {
    seen.add(cause);
    lines.push(
      `  caused by: ${cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause)}`,
    );
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}
