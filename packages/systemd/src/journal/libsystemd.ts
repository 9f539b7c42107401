import { createRequire } from 'node:module';
import { PlatformError } from '@duende/core/contract';

/** The part of koffi's interface that is used here; koffi.dev documents it. */
interface Koffi {
  load(library: string | null): { func(prototype: string): (...args: unknown[]) => unknown };
}

/** An address; koffi gives and takes them as bigint. */
export type Pointer = bigint;

/** What is used of sd-journal(3). A negative result is `-errno`. Results go to the memory behind the typed arrays. */
export interface LibSystemd {
  open(result: BigUint64Array, flags: number): number;
  close(journal: Pointer): void;
  addMatch(journal: Pointer, data: Buffer, size: number): number;
  addDisjunction(journal: Pointer): number;
  addConjunction(journal: Pointer): number;
  setDataThreshold(journal: Pointer, size: number): number;
  seekTail(journal: Pointer): number;
  seekRealtime(journal: Pointer, usec: number): number;
  next(journal: Pointer): number;
  previous(journal: Pointer): number;
  getData(journal: Pointer, field: Buffer, data: BigUint64Array, size: BigUint64Array): number;
  getRealtime(journal: Pointer, usec: BigUint64Array): number;
  getMonotonic(journal: Pointer, usec: BigUint64Array, bootId: Buffer): number;
  getFd(journal: Pointer): number;
  process(journal: Pointer): number;
  /** memcpy(3). */
  copy(target: Buffer, source: Pointer, size: number): void;
}

function unavailable(message: string, hint: string, cause: unknown): PlatformError {
  const options = { reason: 'unavailable', platform: 'linux', operation: 'logs', hint, cause } as const;
  return new PlatformError('StatusFailed', message, options);
}

function loadKoffi(): Koffi {
  const name = `@koromix/koffi-linux-${process.arch}`;
  try {
    return createRequire(import.meta.url)(name) as Koffi;
  } catch (cause) {
    throw unavailable(
      `Logs cannot be read: ${name} is not installed`,
      'Install @duende/systemd with its optional dependencies',
      cause,
    );
  }
}

let loaded: LibSystemd | undefined;

/** @throws PlatformError StatusFailed / unavailable */
export function loadLibSystemd(): LibSystemd {
  loaded ??= bind(loadKoffi());
  return loaded;
}

function bind(koffi: Koffi): LibSystemd {
  let library: ReturnType<Koffi['load']>;
  try {
    library = koffi.load('libsystemd.so.0');
  } catch (cause) {
    throw unavailable(
      'Logs cannot be read: libsystemd.so.0 is not there',
      'Install it: apt install libsystemd0, or dnf install systemd-libs',
      cause,
    );
  }
  const number = (prototype: string) => library.func(`int ${prototype}`) as (...args: unknown[]) => number;
  return {
    open: number('sd_journal_open(void *ret, int flags)'),
    close: library.func('void sd_journal_close(void *j)') as LibSystemd['close'],
    addMatch: number('sd_journal_add_match(void *j, const void *data, size_t size)'),
    addDisjunction: number('sd_journal_add_disjunction(void *j)'),
    addConjunction: number('sd_journal_add_conjunction(void *j)'),
    setDataThreshold: number('sd_journal_set_data_threshold(void *j, size_t size)'),
    seekTail: number('sd_journal_seek_tail(void *j)'),
    seekRealtime: number('sd_journal_seek_realtime_usec(void *j, uint64_t usec)'),
    next: number('sd_journal_next(void *j)'),
    previous: number('sd_journal_previous(void *j)'),
    getData: number('sd_journal_get_data(void *j, const void *field, void *data, void *size)'),
    getRealtime: number('sd_journal_get_realtime_usec(void *j, void *usec)'),
    getMonotonic: number('sd_journal_get_monotonic_usec(void *j, void *usec, void *boot)'),
    getFd: number('sd_journal_get_fd(void *j)'),
    process: number('sd_journal_process(void *j)'),
    // null: what this process has linked already, libc among it.
    copy: koffi.load(null).func('void *memcpy(void *, const void *, size_t)') as LibSystemd['copy'],
  };
}
