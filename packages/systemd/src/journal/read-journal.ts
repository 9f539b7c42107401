import { readFileSync } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';
import type { LogLine } from '@duende/core/contract';
import { isRateLimited } from '../journald-conf.ts';
import { checkAccess } from './access.ts';
import { Alarm } from './alarm.ts';
import { type Line, LineJoiner } from './line-joiner.ts';
import { earliest, type JournalQuery, matchQuery, PieceReader } from './query.ts';
import { RateLimitWatch } from './rate-limit.ts';
import { Journal } from './sd-journal.ts';

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
/** Entries, and bytes of them, that are read before others get their turn in the event loop. */
const batch = { entries: 250, bytes: 1 << 20 } as const;
/** Entries in front of a tail, so that what it begins with is a line, not the end of one. */
const spare = 32;

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
  checkAccess(query.scope);
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
    const begin = tail === undefined ? undefined : await reader.tail(tail, signal);
    if (begin) yield* output(begin);
    else reader.seek(from);
    while (!signal?.aborted) {
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
    if (!signal?.aborted) yield* output(reader.rest());
  } finally {
    alarm.close();
    reader.close();
  }
}

class JournalReader {
  readonly #journal = new Journal();
  readonly #query: JournalQuery;
  readonly #pieces: PieceReader;
  readonly #joiner = new LineJoiner();
  /** Units of the system have no limit (render/service.ts). */
  readonly #limit: RateLimitWatch | undefined;

  constructor(query: JournalQuery, isFollow: boolean) {
    this.#query = query;
    this.#journal.watch(isFollow);
    matchQuery(this.#journal, query);
    this.#pieces = new PieceReader(this.#journal, query);
    if (query.scope === 'user' && isRateLimited()) this.#limit = new RateLimitWatch(process.geteuid?.() ?? 0);
  }

  /** To the daemon's first entry, or to one a moment before `from` (Unix time in microseconds): a line may have begun there. */
  seek(from = 0): void {
    const now = {
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
      monotonicUsec: process.hrtime.bigint() / 1000n,
      wallUsec: BigInt(Date.now()) * 1000n,
    };
    this.#journal.seekTime(Math.max(earliest(this.#query.created, now), from - 1_000_000));
  }

  /** The lines that end in the next entries; `undefined` at the end of what there is. */
  batch(): Line[] | undefined {
    const lines: Line[] = [];
    let bytes = 0;
    this.#journal.update();
    for (let count = 0; count < batch.entries && bytes < batch.bytes; count += 1) {
      if (!this.#journal.next()) return count > 0 ? lines : undefined;
      const piece = this.#piece();
      if (!piece) continue;
      bytes += piece.bytes.length;
      const notice = this.#limit?.before(piece.stream, Number(this.#journal.monotonicUsec()), piece.usec);
      if (notice) lines.push(notice);
      const line = this.#joiner.add(piece);
      if (line) lines.push(line);
    }
    return lines;
  }

  #piece() {
    return this.#pieces.classify() === 'ours' ? this.#pieces.read(this.#joiner.isOpen) : undefined;
  }

  /** The last so many of the lines that there are, `batch()` then goes on behind them; `undefined` when there are none. */
  async tail(count: number, signal: AbortSignal | undefined): Promise<Line[] | undefined> {
    const journal = this.#journal;
    journal.seekEnd();
    let entries = 0;
    for (let ends = 0, looks = 1; ends < count + spare && !signal?.aborted; looks += 1) {
      if (looks % batch.entries === 0) await this.#breath();
      if (!journal.previous()) break;
      const whose = this.#pieces.classify();
      if (whose === 'older') break;
      if (whose === 'other') continue;
      entries += 1;
      if (!this.#pieces.isBroken) ends += 1;
    }
    if (entries === 0) return undefined;
    // Forward again over the same entries: libsystemd can only be at one place.
    const lines: Line[] = [];
    for (let read = 0, looks = 1; read < entries && !signal?.aborted; looks += 1) {
      const isOurs = this.#pieces.classify() === 'ours';
      const piece = isOurs ? this.#pieces.read(this.#joiner.isOpen) : undefined;
      const line = piece && this.#joiner.add(piece);
      if (line) lines.push(line);
      if (isOurs) read += 1;
      if (looks % batch.entries === 0) await this.#breath();
      if (read < entries && !journal.next()) break;
    }
    return count === 0 ? [] : lines.slice(-count);
  }

  async #breath(): Promise<void> {
    await breath();
    this.#journal.update();
  }

  rest(): Line[] {
    return [...this.#joiner.rest(), ...(this.#limit?.rest() ?? [])];
  }

  close(): void {
    this.#journal.close();
  }
}
