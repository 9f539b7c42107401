import type { TraceEvent } from '@duende/core/contract';

/** Arguments at the commas outside of quotes: dtruss writes strings as "..." with a \0 at their end. */
function splitArguments(text: string): string[] {
  const found = text.match(/"(?:[^"\\]|\\.)*"|[^,\s][^,]*/g) ?? [];
  return found.map((argument) => argument.trim().replace(/\\0"$/, '"'));
}

/**
 * One line of `dtruss -d -e -f -p PID`: `PID/THREAD: RELATIVE ELAPSED call(args)\t\t = result errno`, microseconds. `begin` is when the first
 * call of the trace began. `undefined` for headings. The form is that of dtruss's own script; see docs/launchd.md for what a Mac must prove.
 */
export function parseDtrussLine(line: string, begin: number): TraceEvent | undefined {
  const match = /^\s*(\d+)\/0x[0-9a-f]+:\s+(\d+)\s+(\d+)\s+(\w+)\((.*)\)\s*=\s*(-?\w+)\s+(\S+)/.exec(line);
  if (match === null) return undefined;
  const [, pid, relative, elapsed, call = '', args = '', result = '', error = ''] = match;
  const number = /^(?:Err#)?(-?\d+)$/.exec(error)?.[1];
  const failed = number !== undefined && number !== '0';
  return {
    time: new Date(begin + Number(relative) / 1000).toISOString().replace(/Z$/, '000Z'),
    pid: Number(pid),
    call,
    args: splitArguments(args),
    result,
    ...(failed ? { error: `errno ${number}` } : {}),
    duration: Number(elapsed) / 1e6,
  };
}
