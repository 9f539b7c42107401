import { getSystemErrorName } from 'node:util';
import { PlatformError } from '@duende/core/contract';
import { type LibSystemd, loadLibSystemd, type Pointer } from './libsystemd.ts';

/** SD_JOURNAL_LOCAL_ONLY of sd_journal_open(3): this machine's journal, not those that were copied here. */
const localOnly = 1;

const fieldNames = [
  'MESSAGE',
  'PRIORITY',
  '_LINE_BREAK',
  '_STREAM_ID',
  '_SYSTEMD_UNIT',
  '_SYSTEMD_USER_UNIT',
] as const;
export type FieldName = (typeof fieldNames)[number];
// Once, not for each of many thousand entries.
const fields = Object.fromEntries(
  fieldNames.map((name) => [name, { name: Buffer.from(`${name}\0`), skip: name.length + 1 }]),
) as Record<FieldName, { readonly name: Buffer; readonly skip: number }>;

function failed(call: string, result: number): PlatformError {
  return new PlatformError(
    'StatusFailed',
    `Cannot read the journal: ${call}: ${getSystemErrorName(result)}`,
    {
      reason: 'engine-error',
      platform: 'linux',
      operation: 'logs',
      hint: 'journalctl --verify says whether its files are damaged',
    },
  );
}

function checked(call: string, result: number): number {
  if (result < 0) throw failed(call, result);
  return result;
}

/** A reader of the journal (sd-journal(3)), at one entry of those that match. @throws PlatformError StatusFailed */
export class Journal {
  readonly #lib: LibSystemd;
  readonly #journal: Pointer;
  readonly #pointer = new BigUint64Array(1);
  readonly #number = new BigUint64Array(1);
  /** Of the entry at which `monotonicUsec()` was asked last; 16 bytes, valid until the next call. */
  readonly bootId = Buffer.alloc(16);
  #isClosed = false;

  constructor(lib = loadLibSystemd()) {
    this.#lib = lib;
    checked('sd_journal_open', lib.open(this.#pointer, localOnly));
    this.#journal = this.#pointer[0] as bigint;
    // Else fields end at 64 KB.
    lib.setDataThreshold(this.#journal, 0);
  }

  /** All of these fields; one of several values of the same field. */
  match(...terms: string[]): this {
    for (const term of terms) {
      const data = Buffer.from(term);
      checked('sd_journal_add_match', this.#lib.addMatch(this.#journal, data, data.length));
    }
    return this;
  }

  /** What was matched since the last `and()`, or what will be matched until the next. */
  or(): this {
    checked('sd_journal_add_disjunction', this.#lib.addDisjunction(this.#journal));
    return this;
  }

  and(): this {
    checked('sd_journal_add_conjunction', this.#lib.addConjunction(this.#journal));
    return this;
  }

  /** `next()` then gives the first entry at or after this Unix time. */
  seekTime(usec: number): void {
    checked('sd_journal_seek_realtime_usec', this.#lib.seekRealtime(this.#journal, Math.max(0, usec)));
  }

  /** `previous()` then gives the last entry. */
  seekEnd(): void {
    checked('sd_journal_seek_tail', this.#lib.seekTail(this.#journal));
  }

  /** False, and stays where it is, when there is none; asked again, it sees what has been written meanwhile. */
  next(): boolean {
    return checked('sd_journal_next', this.#lib.next(this.#journal)) > 0;
  }

  previous(): boolean {
    return checked('sd_journal_previous', this.#lib.previous(this.#journal)) > 0;
  }

  #find(name: FieldName): number {
    const result = this.#lib.getData(this.#journal, fields[name].name, this.#pointer, this.#number);
    // Not there (ENOENT), or damaged: an entry without it.
    return result < 0 ? -1 : Number(this.#number[0]) - fields[name].skip;
  }

  has(name: FieldName): boolean {
    return this.#find(name) >= 0;
  }

  /** A copy of the field's bytes. */
  bytes(name: FieldName): Buffer | undefined {
    const size = this.#find(name);
    if (size < 0) return undefined;
    const buffer = Buffer.allocUnsafe(size);
    // The library's memory is valid until the next call only.
    if (size > 0) this.#lib.copy(buffer, (this.#pointer[0] as bigint) + BigInt(fields[name].skip), size);
    return buffer;
  }

  text(name: FieldName): string | undefined {
    return this.bytes(name)?.toString('latin1');
  }

  /** Unix time in microseconds at which journald received the entry. */
  realtimeUsec(): number {
    checked('sd_journal_get_realtime_usec', this.#lib.getRealtime(this.#journal, this.#number));
    return Number(this.#number[0]);
  }

  /** CLOCK_MONOTONIC of the boot `bootId`, in microseconds. */
  monotonicUsec(): bigint {
    const result = this.#lib.getMonotonic(this.#journal, this.#number, this.bootId);
    checked('sd_journal_get_monotonic_usec', result);
    return this.#number[0] as bigint;
  }

  /** From now on `update()` notices new and deleted files. Entries in known files are seen without it. */
  watch(isNeeded: boolean): void {
    const result = this.#lib.getFd(this.#journal);
    if (result >= 0 || !isNeeded) return;
    const message = `Cannot follow the journal: inotify: ${getSystemErrorName(result)}`;
    throw new PlatformError('StatusFailed', message, {
      reason: 'engine-error',
      platform: 'linux',
      operation: 'logs',
      hint: 'Raise the sysctl fs.inotify.max_user_instances',
    });
  }

  /**
   * Takes up the files that have appeared since, after a rotation say, and lets go of those that were deleted. To be called
   * after every pause, before anything else: journald may truncate a file that it has deleted (unlinkat_deallocate() of
   * fs-util.c, and managed_journal_file_truncate(), which races with it), and touching its mapped memory is then a SIGBUS,
   * which ends this process.
   */
  update(): void {
    checked('sd_journal_process', this.#lib.process(this.#journal));
  }

  close(): void {
    if (!this.#isClosed) this.#lib.close(this.#journal);
    this.#isClosed = true;
  }
}
