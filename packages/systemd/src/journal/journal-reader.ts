import { readFileSync } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';
import { isRateLimited } from '../journald-conf.ts';
import { type Line, LineJoiner, type Piece } from './line-joiner.ts';
import { earliest, type JournalQuery, matchQuery, PieceReader } from './query.ts';
import { RateLimitWatch } from './rate-limit.ts';
import { Journal } from './sd-journal.ts';

/** Entries, and bytes of them, that are read before others get their turn in the event loop. */
const batch = { entries: 250, bytes: 1 << 20 } as const;
/** Entries in front of a tail, so that what it begins with is a line, not the end of one. */
const spare = 32;

/** Reads the lines of one daemon, a batch at a time, from a place on. @throws PlatformError StatusFailed */
export class JournalReader {
  readonly #journal = new Journal();
  readonly #query: JournalQuery;
  readonly #pieces: PieceReader;
  readonly #joiner = new LineJoiner();
  /** There was not one entry of the daemon. */
  isEmpty = true;
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
      const notice = this.#limit?.before(piece.stream, Number(this.#pieces.monotonicUsec), piece.usec);
      if (notice) lines.push(notice);
      const line = this.#joiner.add(piece);
      if (line) lines.push(line);
    }
    return lines;
  }

  #piece(): Piece | undefined {
    if (this.#pieces.classify() !== 'ours') return undefined;
    this.isEmpty = false;
    return this.#pieces.read(this.#joiner.isOpen);
  }

  /**
   * The last so many of the lines that there are, `batch()` then goes on behind them; `undefined` when there are none.
   * `isAll`: it will not, so a line without an end is one of them.
   */
  async tail(
    count: number,
    { isAll, signal }: { readonly isAll: boolean; readonly signal: AbortSignal | undefined },
  ): Promise<Line[] | undefined> {
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
      if (!this.#pieces.brokenBy()) ends += 1;
    }
    if (entries === 0) return undefined;
    this.isEmpty = false;
    // Forward again over the same entries: libsystemd can only be at one place.
    const lines: Line[] = [];
    for (let read = 0, looks = 1; read < entries && !signal?.aborted; looks += 1) {
      if (this.#pieces.classify() === 'ours') {
        const piece = this.#pieces.read(this.#joiner.isOpen);
        const line = piece && this.#joiner.add(piece);
        if (line) lines.push(line);
        read += 1;
      }
      if (looks % batch.entries === 0) await this.#breath();
      if (read < entries && !journal.next()) break;
    }
    if (isAll) lines.push(...this.#joiner.rest());
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
