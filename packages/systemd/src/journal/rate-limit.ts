import type { LogLine } from '@duende/core/contract';
import type { Line } from './line-joiner.ts';
import { Journal } from './sd-journal.ts';

/**
 * How much journald takes from all units of a user together (they are one service to it, user@UID.service), unless
 * journald.conf(5) says otherwise: RateLimitBurst in RateLimitIntervalSec, and more with more free space.
 */
const interval = 30_000_000;
const burst = 10_000;
/** burst_modulate() of journald-rate-limit.c, for 16 MB to 64 GB. */
const limits = new Set(Array.from({ length: 13 }, (_, index) => (burst * (24 + index - 16)) / 4));
/** Each group of priorities has its own count (priority_map of journald-rate-limit.c); ours are these two. */
const priorities = { stdout: ['PRIORITY=6', 'PRIORITY=5'], stderr: ['PRIORITY=3'] } as const;

/** Lines of ours within an interval from which on it is worth a look, and microseconds without any after them. */
const many = 5000;
const pause = 1_000_000;
/** Entries that a look takes at most; about 0.1 s. */
const most = 100_000;

/**
 * How many entries the last interval has, as journald counts: it begins with the first entry after the one before is over.
 * Times are microseconds, ascending.
 */
export function countLast(times: readonly number[]): number {
  let begin = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const time of times) {
    if (time > begin + interval) {
      begin = time;
      count = 0;
    }
    count += 1;
  }
  return count;
}

/**
 * Notices where journald has dropped lines of a user's daemon. It says so itself ("Suppressed N messages"), but later, not of
 * which unit, and where users may not read. It keeps exactly as many entries as its limit, though.
 */
export class RateLimitWatch {
  readonly #uid: number;
  readonly #seen = {
    stdout: { begin: 0, last: 0, count: 0, realtime: 0 },
    stderr: { begin: 0, last: 0, count: 0, realtime: 0 },
  };

  constructor(uid: number) {
    this.#uid = uid;
  }

  /** To be told of every entry, before it is given; the line to be given before it, if there is one. */
  before(stream: LogLine['stream'], monotonicUsec: number, realtimeUsec: number): Line | undefined {
    const seen = this.#seen[stream];
    const notice = monotonicUsec > seen.last + pause ? this.#look(stream) : undefined;
    if (seen.count === 0 || monotonicUsec > seen.begin + interval) {
      seen.begin = monotonicUsec;
      seen.count = 0;
    }
    seen.count += 1;
    seen.last = monotonicUsec;
    seen.realtime = realtimeUsec;
    return notice;
  }

  /** The lines that belong at the end. */
  rest(): Line[] {
    return (['stdout', 'stderr'] as const).flatMap((stream) => this.#look(stream) ?? []);
  }

  #look(stream: LogLine['stream']): Line | undefined {
    const seen = this.#seen[stream];
    if (seen.count < many) return undefined;
    const count = countLast(this.#timesUntil(stream, seen.realtime));
    if (!limits.has(count)) return undefined;
    seen.count = 0;
    return {
      usec: seen.realtime,
      stream: 'stderr',
      text:
        `duende: journald seems to have dropped lines of ${stream} here: it took ${count}, its limit for all units of a ` +
        'user within 30 s. Have root set RateLimitIntervalSec=0 in /etc/systemd/journald.conf and run: ' +
        'systemctl restart systemd-journald',
    };
  }

  /** When the user's entries of the same count were written, up to one and back to a pause as long as an interval. */
  #timesUntil(stream: LogLine['stream'], realtimeUsec: number): number[] {
    const journal = new Journal();
    try {
      journal.match(`_SYSTEMD_UNIT=user@${this.#uid}.service`, ...priorities[stream]);
      journal.seekTime(realtimeUsec);
      const times: number[] = [];
      while (times.length < most && journal.previous()) {
        const time = Number(journal.monotonicUsec());
        const next = times.at(-1);
        // Later than the next: another boot.
        if (next !== undefined && (time > next || time < next - interval)) break;
        times.push(time);
      }
      return times.reverse();
    } finally {
      journal.close();
    }
  }
}
