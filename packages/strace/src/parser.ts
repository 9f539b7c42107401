import type { TraceEvent } from '@duende/core';
import { type ParseOptions, parseCall, parseStraceLine } from './parse-line.ts';
import type { CallRecord, StraceRecord, UnfinishedRecord } from './records.ts';
import { secondsBetween, toIsoTime } from './time.ts';

/** A line longer than this many characters is counted as unparsed: memory stays bounded whatever arrives. */
const longestLine = 4 * 1024 * 1024;

const toEvent = ({ at, pid, call, args, result, error, duration }: CallRecord): TraceEvent => ({
  time: toIsoTime(at),
  pid,
  call,
  args,
  result,
  ...(error === undefined ? {} : { error }),
  duration,
});

export interface StraceParserOptions extends ParseOptions {
  /** Sees every line that was understood: signals, exits and notes, which are no calls, too. */
  readonly onRecord?: (record: StraceRecord) => void;
  /** The clock of the machine that strace runs on, in seconds with six decimals. Without it, the time of the last line. */
  readonly now?: () => string;
}

/** Turns the output of strace, in pieces of any size, into events. Lines it does not understand are counted. */
export class StraceParser {
  /** Lines that were none of strace's, so far. */
  unparsed = 0;
  readonly #options: StraceParserOptions;
  readonly #pending = new Map<number, UnfinishedRecord>();
  #rest = '';
  #last = '0';
  #overlong = false;

  constructor(options: StraceParserOptions = {}) {
    this.#options = options;
  }

  /** The calls that are complete with this piece of output. */
  push(text: string): TraceEvent[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const events: TraceEvent[] = [];
    for (const line of lines) {
      if (this.#overlong) this.#overlong = false;
      else this.#line(line, events);
    }
    if (this.#rest.length > longestLine) {
      if (!this.#overlong) this.unparsed += 1;
      this.#overlong = true;
    }
    if (this.#overlong) this.#rest = '';
    return events;
  }

  /** The output is over: calls that were still going on come with result `?` and the time they have taken so far. */
  end(): TraceEvent[] {
    const events = this.#rest === '' ? [] : this.push('\n');
    const now = this.#options.now?.() ?? this.#last;
    for (const pid of [...this.#pending.keys()]) this.#giveUp(pid, now, events);
    return events;
  }

  #line(line: string, events: TraceEvent[]): void {
    if (line === '') return;
    const record = parseStraceLine(line, this.#options);
    if (!record) {
      this.unparsed += 1;
      return;
    }
    this.#options.onRecord?.(record);
    if (record.kind !== 'note') this.#last = record.at;
    if (record.kind === 'call') events.push(toEvent(record));
    else if (record.kind === 'unfinished') {
      this.#giveUp(record.pid, record.at, events);
      this.#pending.set(record.pid, record);
    } else if (record.kind === 'exit') this.#giveUp(record.pid, record.at, events);
    else if (record.kind === 'superseded') this.#rename(record.by, record.pid);
    else if (record.kind === 'resumed') {
      const call = this.#resume(record);
      if (call) events.push(toEvent(call));
      else this.unparsed += 1;
    }
  }

  #resume(record: Extract<StraceRecord, { kind: 'resumed' }>): CallRecord | undefined {
    const begun = this.#pending.get(record.pid);
    this.#pending.delete(record.pid);
    // A call that began before strace was there is resumed without a first half.
    const place = { pid: record.pid, at: begun?.at ?? record.at };
    const name = record.call === '???' ? (begun?.call ?? record.call) : record.call;
    // `<... read resumed> <unfinished ...>) = ?` of a killed process, also without the result.
    const rest = record.text.replace(/^\s*<(?:unfinished|detached) \.\.\.>/, '');
    const text = `${begun?.text ?? ''}${rest === '' ? ') = ?' : rest}`;
    const call = parseCall(place, name, text);
    if (call?.result !== '?' || call.duration > 0) return call;
    return { ...call, duration: secondsBetween(place.at, record.at) };
  }

  /** The pending call of a process that will not come back to it. */
  #giveUp(pid: number, now: string, events: TraceEvent[]): void {
    const begun = this.#pending.get(pid);
    if (!begun) return;
    this.#pending.delete(pid);
    const call = parseCall(begun, begun.call, `${begun.text.replace(/,$/, '')}) = ?`);
    if (call) events.push(toEvent({ ...call, duration: secondsBetween(begun.at, now) }));
  }

  #rename(from: number, to: number): void {
    const begun = this.#pending.get(from);
    this.#pending.delete(from);
    this.#pending.delete(to);
    if (begun) this.#pending.set(to, { ...begun, pid: to });
  }
}
