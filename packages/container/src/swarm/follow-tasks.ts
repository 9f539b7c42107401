import { type DaemonHandle, isTerminal, type LogLine } from '@duende/core/contract';
import type { Operation } from '../daemon.ts';
import type { Task } from './api.ts';
import { type SwarmContext, serviceIdOf } from './context.ts';
import { LogCursor } from './log-cursor.ts';
import { logPath, type Reading, readTaskLog } from './read-task-log.ts';
import { statusOfService } from './service-status.ts';
import { hasEnded } from './slots.ts';
import { containerOf, requireService } from './snapshot.ts';
import { untilService } from './until.ts';

/** One task whose log is followed until it has ended, and then read once more for what came last. */
interface Followed {
  readonly stop: AbortController;
  readonly done: Promise<void>;
  last?: Promise<void>;
}

/** The logs of the tasks of a service, and of those that come later, each from where it was read to. */
export class TaskFollower {
  readonly #context: SwarmContext;
  readonly #reading: Reading;
  readonly #cursors: Map<string, LogCursor>;
  readonly #followed = new Map<string, Followed>();
  readonly #lines: LogLine[] = [];
  #wake = (): void => {};
  #over = false;
  #error: unknown;

  constructor(context: SwarmContext, reading: Reading, cursors: Map<string, LogCursor>) {
    this.#context = context;
    this.#reading = reading;
    this.#cursors = cursors;
  }

  /** Until the service has ended or was removed. @throws EngineError, PlatformError */
  async *lines(handle: DaemonHandle, operation: Operation): AsyncGenerator<LogLine> {
    void this.#watch(handle, operation).catch((error: unknown) => this.#end(error));
    for (;;) {
      yield* this.#lines.splice(0);
      if (this.#lines.length > 0) continue;
      if (this.#error !== undefined) throw this.#error;
      if (this.#over) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #watch(handle: DaemonHandle, operation: Operation): Promise<void> {
    const look = async (): Promise<true | undefined> => {
      const snapshot = await requireService(this.#context, handle, operation);
      for (const task of snapshot.tasks) this.#take(task, logPath(snapshot, task));
      return isTerminal(statusOfService(snapshot)) ? true : undefined;
    };
    await untilService(this.#context, serviceIdOf(handle, operation), look, this.#reading.signal);
    await Promise.all([...this.#followed.values()].map(({ last, done }) => last ?? done));
    this.#end();
  }

  #end(error?: unknown): void {
    for (const { stop } of this.#followed.values()) stop.abort();
    this.#error = error;
    this.#over = true;
    this.#wake();
  }

  #take(task: Task, path: string): void {
    if (containerOf(task) === '') return;
    const ended = hasEnded(task);
    const known = this.#followed.get(task.ID);
    if (known === undefined) {
      const stop = new AbortController();
      const done = this.#read(task.ID, path, !ended, stop.signal);
      this.#followed.set(task.ID, { stop, done, ...(ended ? { last: done } : {}) });
    } else if (ended && known.last === undefined) {
      known.stop.abort();
      known.last = known.done.then(() => this.#read(task.ID, path, false, this.#reading.signal));
    }
  }

  async #read(task: string, path: string, follow: boolean, stop: AbortSignal): Promise<void> {
    const cursor = this.#cursors.get(task) ?? new LogCursor();
    this.#cursors.set(task, cursor);
    const isNew = cursor.reading();
    const since = cursor.since ?? this.#reading.since;
    const signal = AbortSignal.any([this.#reading.signal, stop]);
    try {
      for await (const line of readTaskLog(this.#context.connection, path, { follow, since, signal })) {
        if (!isNew(line)) continue;
        this.#lines.push(line);
        this.#wake();
      }
    } catch (error) {
      this.#end(error);
    }
  }
}
