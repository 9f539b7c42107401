import type { DaemonExit, FailureReason } from '@duende/core/contract';
import type { DaemonSettings } from '../protocol/daemon-settings.ts';
import type { DaemonRecord } from './record.ts';
import type { KeptSettings } from './run-host.ts';
import type { DaemonStore } from './store.ts';

/** What is known of a daemon, in memory and on disk. */
export class Journal {
  /** Name of its folder. */
  readonly home: string;
  readonly record: DaemonRecord;
  readonly #store: DaemonStore;
  readonly #note: (text: string) => void;
  #settings: KeptSettings | undefined;
  /** It is on disk: its spawn has succeeded. */
  #isKept: boolean;

  /** @param note told of what cannot be written */
  constructor(
    store: DaemonStore,
    home: string,
    record: DaemonRecord,
    isKept: boolean,
    note: (text: string) => void,
  ) {
    this.#store = store;
    this.home = home;
    this.record = record;
    this.#isKept = isKept;
    this.#note = note;
  }

  /** The folder of its log. */
  get log(): string {
    return this.#store.log(this.home);
  }

  /** @throws Error when they cannot be read */
  get settings(): KeptSettings {
    this.#settings ??= keptOf(this.readSettings());
    return this.#settings;
  }

  /** All of them, from disk. @throws Error when they cannot be read */
  readSettings(): DaemonSettings {
    return this.#store.readSettings(this.home);
  }

  /** A run begins: what only that needs is not kept in memory. */
  runBegins(settings: DaemonSettings): KeptSettings {
    this.record.startedAt = Date.now();
    this.#settings = keptOf(settings);
    return this.#settings;
  }

  runIsThere(pid: number): void {
    const { record } = this;
    record.pid = pid;
    if (record.firstPid === 0) record.firstPid = pid;
  }

  /** @param wasReady it has run: what was said of the runs before it is of no interest any more */
  runHasEnded(exit: DaemonExit | undefined, message: string | undefined, wasReady: boolean): void {
    const { record } = this;
    record.lastExit = record.exit;
    record.exit = exit;
    record.message = message ?? (wasReady ? undefined : record.message);
  }

  /** The next run is to be another one. @throws Error of the file system, or when they cannot be read */
  changeRun(run: DaemonSettings['run']): void {
    this.#store.writeSettings(this.home, { ...this.readSettings(), run });
  }

  /** It has ended for good. @param reason why it has failed, if it has */
  finish(reason: FailureReason | undefined): void {
    const { record } = this;
    record.phase = 'ended';
    record.reason = reason;
    record.restartAt = undefined;
    record.finishedAt = Date.now();
    this.save();
  }

  /** From here on it is on disk. @throws Error of the file system */
  keep(): void {
    this.#store.write(this.home, this.record);
    this.#isKept = true;
  }

  /** What cannot be written is told to whoever looks after the kernel: the daemon goes on. */
  save(): void {
    if (!this.#isKept) return;
    try {
      this.#store.write(this.home, this.record);
    } catch (error) {
      this.#note(`The state of ${this.record.name} cannot be recorded: ${(error as Error).message}`);
    }
  }
}

function keptOf({ run: _, spec: __, ...kept }: DaemonSettings): KeptSettings {
  return kept;
}
