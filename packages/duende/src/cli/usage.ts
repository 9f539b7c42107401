import { configError, PlatformError } from '@duende/core/contract';

/** Exit codes of the command line, documented in `duende --help`. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  noSuchDaemon: 3,
  /** EX_UNAVAILABLE of sysexits.h. */
  unavailable: 69,
  /** 128 + SIGINT, as shells count. */
  interrupted: 130,
} as const;

/** The command line itself is wrong. */
export function usageError(message: string, hint?: string): PlatformError {
  return configError(message, hint === undefined ? {} : { hint });
}

export function exitCodeOf(error: unknown): number {
  if (!PlatformError.isInstance(error)) return exitCodes.failed;
  const { code, reason } = error;
  // What only the operation lacks (a tracer, a reboot) is a failed operation: the platform itself is there.
  const isPlatformGone = reason === 'unavailable' && code !== 'TracerFailed' && code !== 'NotSupported';
  if (isPlatformGone) return exitCodes.unavailable;
  if (code === 'Config') return reason === 'invalid-setting' ? exitCodes.usage : exitCodes.failed;
  const isAboutDaemon = code === 'StatusFailed' || code === 'SignalFailed' || code === 'TracerFailed';
  return reason === 'not-found' && isAboutDaemon ? exitCodes.noSuchDaemon : exitCodes.failed;
}

/** One line for people: what failed, why, and what to do. */
export function errorLine(error: unknown): string {
  if (PlatformError.isInstance(error)) return oneLine(error.toLine());
  const text = error instanceof Error ? error.message : String(error);
  return oneLine(`Unexpected error: ${text}. Run it again with --verbose and report what it prints`);
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001F\u007F-\u009F]+/g, ' ').trim();
}

/** Where an error came from, for --verbose: its code and reason, then each cause. */
export function causeLines(error: unknown): string[] {
  const lines: string[] = [];
  if (PlatformError.isInstance(error)) {
    const facts = { code: error.code, reason: error.reason, platform: error.platform, field: error.field };
    lines.push(
      `  ${Object.entries(facts)
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`,
    );
  } else if (error instanceof Error && error.stack) lines.push(error.stack);
  const seen = new Set<unknown>([error]);
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && !seen.has(cause)) {
    seen.add(cause);
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause);
    lines.push(`  caused by: ${text}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}
