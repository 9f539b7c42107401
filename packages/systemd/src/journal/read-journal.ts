import { setImmediate as breath } from 'node:timers/promises';
import type { LogLine } from '@duende/core/contract';
import { accessProblem } from './access.ts';
import { Alarm } from './alarm.ts';
import { JournalReader } from './journal-reader.ts';
import type { Line } from './line-joiner.ts';
import type { JournalQuery } from './query.ts';

export interface JournalOptions {
  readonly since?: Date;
  readonly tail?: number;
  /** Follow until this settles, then give everything that there is, and end. */
  readonly followUntil?: Promise<unknown>;
  /** Ends it, without an error. */
  readonly signal?: AbortSignal;
}

/**
 * Milliseconds between two looks while following. A look at mapped memory is all that it takes; journald's inotify event
 * comes 250 ms after the entry (POST_CHANGE_TIMER_INTERVAL_USEC of journal-file.c).
 */
const interval = 30;

/** Unix time in microseconds as ISO 8601. */
export function isoOf(usec: number): string {
  const iso = new Date(Math.floor(usec / 1000)).toISOString();
  return `${iso.slice(0, -1)}${String(usec % 1000).padStart(3, '0')}Z`;
}

/**
 * The lines of a daemon in the journal, oldest first. A time that goes back, because the clock was set, is given as the time
 * of the line before. @throws PlatformError StatusFailed / permission-denied, unavailable, engine-error
 */
export async function* readJournal(
  query: JournalQuery,
  { since, tail, followUntil, signal }: JournalOptions = {},
): AsyncGenerator<LogLine, void, undefined> {
  if (signal?.aborted) return;
  const problem = accessProblem(query.scope);
  if (problem?.isCertain) throw problem.error;
  const from = since ? since.getTime() * 1000 : 0;
  const reader = new JournalReader(query, followUntil !== undefined);
  let latest = 0;
  const output = (lines: readonly Line[]): LogLine[] =>
    lines
      .filter(({ usec }) => usec >= from)
      .map(({ usec, stream, text }) => {
        latest = Math.max(latest, usec);
        return { time: isoOf(latest), stream, text };
      });
  const alarm = new Alarm(followUntil, signal);
  try {
    const begin = tail === undefined ? undefined : await reader.tail(tail, { isAll: !followUntil, signal });
    if (begin) yield* output(begin);
    else reader.seek(from);
    // What comes after the last lines that there were is for a follow only.
    while ((tail === undefined || followUntil) && !signal?.aborted) {
      // Asked before looking: whatever was written by then is read below.
      const isLast = !followUntil || alarm.isOver;
      for (let lines = reader.batch(); lines; lines = reader.batch()) {
        yield* output(lines);
        await breath();
        if (signal?.aborted) return;
      }
      if (isLast) break;
      await alarm.wait(interval);
    }
    if (signal?.aborted) return;
    yield* output(reader.rest());
    if (problem && reader.isEmpty) throw problem.error;
  } finally {
    alarm.close();
    reader.close();
  }
}
