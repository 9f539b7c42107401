import { parseResult } from './parse-result.ts';
import type { CallRecord, ExitRecord, SignalRecord, StraceRecord } from './records.ts';
import { readArguments } from './split-arguments.ts';

export interface ParseOptions {
  /** The process that a line without an id belongs to: strace prints none when it writes to a terminal about one process. */
  readonly defaultPid?: number;
}

interface Place {
  readonly pid: number;
  readonly at: string;
}

// `123  1795466224.620403 ...` (-o), `[pid   123] 1795466224.620403 ...`, `1795466224.620403 ...`; with -Y `123<node>`
const prefix = /^(?:\[pid\s+(\d+)(?:<[^>]*>)?\]\s+|(\d+)(?:<[^>]*>)?\s+)?(\d{1,12}\.\d{6})\s+/;
const unfinished = /\s*<(?:unfinished|detached) \.\.\.>\s*$/;

/** The arguments and the result of a call, from the text after `call(`. */
export function parseCall(place: Place, call: string, text: string): CallRecord | undefined {
  const list = readArguments(text);
  let { args } = list;
  let outcome = list.closed ? /^\s*= (.*)$/s.exec(text.slice(list.end)) : null;
  if (!outcome) {
    // Brackets that do not match: the last `) = ` is still where the result begins.
    const whole = /^(.*)\)\s+= (.*)$/s.exec(text);
    if (whole?.[1] === undefined) return undefined;
    args = [whole[1]];
    outcome = /^(.*)$/s.exec(whole[2] ?? '');
  }
  const result = parseResult(outcome?.[1] ?? '');
  return result && { kind: 'call', pid: place.pid, at: place.at, call, args, ...result };
}

function parseSignal(place: Place, text: string): SignalRecord | undefined {
  const match = /^--- (stopped by )?(SIG\w+)(?: \{(.*)\})? ---$/.exec(text);
  if (match?.[2] === undefined) return undefined;
  return {
    kind: 'signal',
    ...place,
    signal: match[2],
    stopped: match[1] !== undefined,
    info: match[3] ?? '',
  };
}

function parseEnd(place: Place, text: string): StraceRecord | undefined {
  const superseded = /^\+\+\+ superseded by execve in pid (\d+)(?:<[^>]*>)? \+\+\+$/.exec(text);
  if (superseded) return { kind: 'superseded', ...place, by: Number(superseded[1]) };
  const exited = /^\+\+\+ exited with (\d+) \+\+\+$/.exec(text);
  const end = (exit: ExitRecord['exit']): ExitRecord => ({ kind: 'exit', ...place, exit });
  if (exited) return end({ code: Number(exited[1]) });
  const killed = /^\+\+\+ killed by (SIG\w+)( \(core dumped\))? \+\+\+$/.exec(text);
  return killed?.[1] === undefined
    ? undefined
    : end({ signal: killed[1], coreDumped: killed[2] !== undefined });
}

/**
 * One line of `strace -ttt` (with `-f`, `-T`, `-y` or not). Two halves of an interrupted call come as `unfinished` and
 * `resumed`; StraceParser puts them together. `undefined` for a line that is none of strace's. Never throws.
 */
export function parseStraceLine(line: string, options: ParseOptions = {}): StraceRecord | undefined {
  const start = prefix.exec(line);
  if (!start) return /^(?:strace: |\[ Process PID=)/.test(line) ? { kind: 'note', text: line } : undefined;
  const pid = Number(start[1] ?? start[2] ?? options.defaultPid ?? Number.NaN);
  if (!Number.isSafeInteger(pid)) return undefined;
  const place: Place = { pid, at: start[3] as string };
  const text = line.slice(start[0].length);
  if (text.startsWith('--- ')) return parseSignal(place, text);
  if (text.startsWith('+++ ')) return parseEnd(place, text);
  if (text.startsWith('[ Process PID=')) return { kind: 'note', text };
  const resumed = /^<\.\.\. (\S+) resumed>/.exec(text);
  if (resumed?.[1] !== undefined) {
    return { kind: 'resumed', ...place, call: resumed[1], text: text.slice(resumed[0].length) };
  }
  const call = /^([a-zA-Z_?][\w?]*)\(/.exec(text);
  if (call?.[1] === undefined) return undefined;
  const rest = text.slice(call[0].length);
  if (unfinished.test(rest)) {
    return { kind: 'unfinished', ...place, call: call[1], text: rest.replace(unfinished, '') };
  }
  return parseCall(place, call[1], rest);
}
