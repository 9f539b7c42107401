import type { DaemonLog } from '../define.ts';
import { toPlain } from './serialise.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes one finished line, without its newline. debug and info belong on stdout, warn and error on stderr. */
export type LogOutput = (line: string, stream: 'stdout' | 'stderr', level: LogLevel) => void;

const reserved = new Set(['time', 'level', 'msg', 'daemon']);

/** One log line: `{"time","level","msg","daemon",...fields}`. A field with one of those names gets a trailing `_`. */
export function formatLogLine(
  level: LogLevel,
  message: string,
  daemon: string,
  fields?: Readonly<Record<string, unknown>> | Error,
): string {
  const line: Record<string, unknown> = {
    time: new Date().toISOString(),
    level,
    msg: String(message),
    daemon,
  };
  const extra = toPlain(fields instanceof Error ? { error: fields } : fields);
  if (typeof extra === 'object' && extra !== null) {
    for (const [key, value] of Object.entries(extra)) line[reserved.has(key) ? `${key}_` : key] = value;
  }
  return JSON.stringify(line);
}

/** Structured logging for one daemon. Never throws, whatever the fields hold. */
export function createLog(daemon: string, output: LogOutput): DaemonLog {
  const write = (level: LogLevel) => (message: string, fields?: Readonly<Record<string, unknown>> | Error) =>
    output(
      formatLogLine(level, message, daemon, fields),
      level === 'debug' || level === 'info' ? 'stdout' : 'stderr',
      level,
    );
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
