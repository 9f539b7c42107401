import type { Scope } from '../scope.ts';
import type { Piece } from './line-joiner.ts';
import type { Journal } from './sd-journal.ts';

/** Whose lines. */
export interface JournalQuery {
  readonly scope: Scope;
  /** `duende-web.service`. */
  readonly unit: string;
  /** When the daemon was made; older entries belong to an earlier one of its name. */
  readonly created: {
    /** As /proc/sys/kernel/random/boot_id has it. */
    readonly bootId: string;
    readonly monotonicUsec: bigint;
    readonly wallUsec: bigint;
  };
  /**
   * Scope system: the user that the daemon runs as, where that is not root. Lines of its processes that end at once are
   * found by that.
   */
  readonly uid?: number;
}

const ownUid = (): number => process.geteuid?.() ?? 0;

/** The unit's name without what Duende adds: the helper's SYSLOG_IDENTIFIER. */
const identifierOf = (unit: string): string => unit.replace(/^duende-/, '').replace(/\.service$/, '');

/**
 * journald looks up in /proc of which unit a line's sender is, which is too late when that has ended. Root's helper
 * names the unit when it connects, and is believed. Other users' cannot: there the entry has no unit at all, only what the
 * kernel and the helper said, the user and the daemon's name.
 */
const uidOf = ({ scope, uid }: JournalQuery): number | undefined => (scope === 'user' ? ownUid() : uid);

const unitField = ({ scope }: JournalQuery) => (scope === 'user' ? '_SYSTEMD_USER_UNIT' : '_SYSTEMD_UNIT');

/** Has `journal` find this daemon's entries; `isOurs` is the rest of the condition. */
export function matchQuery(journal: Journal, query: JournalQuery): void {
  journal.match('_TRANSPORT=stdout');
  const uid = uidOf(query);
  if (query.scope === 'user') journal.match(`_UID=${uid}`);
  journal.and().match(`${unitField(query)}=${query.unit}`);
  if (uid !== undefined) journal.or().match(`SYSLOG_IDENTIFIER=${identifierOf(query.unit)}`, `_UID=${uid}`);
}

/** Whether the matched entry is of this unit. */
function isOfUnit(journal: Journal, query: JournalQuery): boolean {
  if (uidOf(query) === undefined) return true;
  const unit = journal.text(unitField(query));
  if (unit !== undefined) return unit === query.unit;
  return !journal.has('_SYSTEMD_UNIT') && !journal.has('_SYSTEMD_USER_UNIT');
}

/** Where an entry is in time. */
export interface Stamp {
  readonly isSameBoot: boolean;
  readonly monotonicUsec: bigint;
  readonly realtimeUsec: number;
}

/** Whether an entry was written since the daemon was made, and not by an earlier one. */
export function isSince(created: JournalQuery['created'], stamp: Stamp): boolean {
  // Within a boot the monotonic clock decides, as the other may have been set.
  if (stamp.isSameBoot) return stamp.monotonicUsec >= created.monotonicUsec;
  return stamp.realtimeUsec > Number(created.wallUsec);
}

/** Unix time in microseconds before which no entry of the daemon is, also when the clock has been set back since. */
export function earliest(
  created: JournalQuery['created'],
  now: { readonly bootId: string; readonly monotonicUsec: bigint; readonly wallUsec: bigint },
): number {
  const wall = Number(created.wallUsec);
  // Nothing is known about the clock in other boots: an hour to be on the safe side.
  if (created.bootId !== now.bootId) return wall - 3_600_000_000;
  const byNow = Number(now.wallUsec - (now.monotonicUsec - created.monotonicUsec));
  return Math.min(wall, byNow) - 1_000_000;
}

const streams: Readonly<Record<string, Piece['stream']>> = { 6: 'stdout', 3: 'stderr' };

/** Takes the pieces of lines out of the entries of a daemon. Every call is about the entry at which `journal` is. */
export class PieceReader {
  readonly #journal: Journal;
  readonly #query: JournalQuery;
  readonly #bootId: Buffer;
  // Of the entry that was classified last: asking libsystemd again is what takes time.
  #stream: Piece['stream'] | undefined;
  #usec = 0;
  /** Microseconds of CLOCK_MONOTONIC, of the entry that was classified last. */
  monotonicUsec = 0n;

  constructor(journal: Journal, query: JournalQuery) {
    this.#journal = journal;
    this.#query = query;
    this.#bootId = Buffer.from(query.created.bootId.replaceAll('-', ''), 'hex');
  }

  /** `older`: this entry and all before it belong to an earlier daemon; `other`: it is not from the program. */
  classify(): 'ours' | 'older' | 'other' {
    const journal = this.#journal;
    this.#usec = journal.realtimeUsec();
    this.monotonicUsec = journal.monotonicUsec();
    const stamp = {
      isSameBoot: journal.bootId.equals(this.#bootId),
      monotonicUsec: this.monotonicUsec,
      realtimeUsec: this.#usec,
    };
    if (!isSince(this.#query.created, stamp)) return 'older';
    // The helper's two connections have these priorities (unit/journal.c).
    this.#stream = streams[journal.text('PRIORITY') ?? ''];
    return this.#stream !== undefined && isOfUnit(journal, this.#query) ? 'ours' : 'other';
  }

  /** Why the line goes on in the next entry of the same connection. */
  brokenBy(): Piece['brokenBy'] {
    const why = this.#journal.text('_LINE_BREAK');
    return why === 'nul' || why === 'line-max' ? why : undefined;
  }

  /** The piece in an entry that was classified as ours; `undefined` when it is damaged. */
  read(withStreamId: boolean): Piece | undefined {
    const bytes = this.#journal.bytes('MESSAGE');
    if (!this.#stream || !bytes) return undefined;
    const piece = { usec: this.#usec, stream: this.#stream, bytes };
    const brokenBy = this.brokenBy();
    if (!brokenBy && !withStreamId) return piece;
    const streamId = this.#journal.text('_STREAM_ID') ?? '';
    return { ...piece, streamId, ...(brokenBy ? { brokenBy } : {}) };
  }
}
