import type { ProcessExit } from './exit.ts';
import { describe, type ProcessInfo, type ProcessRecord, readStats } from './process-info.ts';
import { type SharedTable, Word } from './shared-table.ts';

const lastPid = 2 ** 30;

/**
 * The family of processes: numbers, parents, who is a zombie, and what is remembered of the dead. PID 1 is init: it adopts
 * the children of those that end, and reaps what ends below it.
 */
export class ProcessList {
  readonly #table: SharedTable;
  readonly #limit: number;
  readonly #history: number;
  readonly #live = new Map<number, ProcessRecord>();
  readonly #ended = new Map<number, ProcessRecord>();
  #next = 2;

  constructor(table: SharedTable, limit: number, history: number) {
    this.#table = table;
    this.#limit = limit;
    this.#history = history;
  }

  /** In the table, zombies included. */
  get size(): number {
    return this.#live.size;
  }

  /** A number whose slot is free; numbers are not used again soon. `undefined`: there are as many as there may be. */
  allocate(): number | undefined {
    if (this.#live.size >= this.#limit) return undefined;
    for (;;) {
      const pid = this.#next;
      this.#next = pid >= lastPid ? 2 : pid + 1;
      const slot = pid % this.#table.size;
      // Slots 0 and 1 are nobody's and init's.
      if (slot < 2 || this.#table.word(pid, Word.Pid) !== 0) continue;
      if (this.#ended.has(pid)) continue;
      return pid;
    }
  }

  add(record: ProcessRecord): void {
    this.#live.set(record.pid, record);
    this.#live.get(record.parent)?.children.add(record.pid);
  }

  /** One that never began. */
  discard(pid: number): void {
    const record = this.#live.get(pid);
    if (record) this.#live.get(record.parent)?.children.delete(pid);
    this.#live.delete(pid);
    this.#table.clear(pid);
  }

  /** In the table. */
  live(pid: number): ProcessRecord | undefined {
    return this.#live.get(pid);
  }

  /** In the table, or remembered. */
  find(pid: number): ProcessRecord | undefined {
    return this.#live.get(pid) ?? this.#ended.get(pid);
  }

  all(): Iterable<ProcessRecord> {
    return this.#live.values();
  }

  end(pid: number, exit: ProcessExit, memory: number): void {
    const record = this.#live.get(pid);
    if (record === undefined || record.exit !== undefined) return;
    record.last = { ...readStats(this.#table, record), memory };
    record.lastPriority = this.#table.word(pid, Word.Priority);
    record.exit = exit;
    record.endedAt = Date.now();
    for (const child of record.children) this.#adopt(child);
    for (const waiter of record.waiters.splice(0)) waiter(exit);
    for (const input of record.input.splice(0)) input.done();
    if (record.parent === 1) this.reap(pid);
  }

  #adopt(pid: number): void {
    const record = this.#live.get(pid);
    if (record === undefined) return;
    record.parent = 1;
    this.#table.setWord(pid, Word.Parent, 1);
    if (record.exit) this.reap(pid);
  }

  /** Takes a zombie out of the table. @returns false when it is none */
  reap(pid: number): boolean {
    const record = this.#live.get(pid);
    if (record?.exit === undefined) return false;
    this.#live.get(record.parent)?.children.delete(pid);
    this.#live.delete(pid);
    this.#table.clear(pid);
    this.#ended.set(pid, record);
    for (const old of this.#ended.keys()) {
      if (this.#ended.size <= this.#history) break;
      this.#ended.delete(old);
    }
    return true;
  }

  describe(record: ProcessRecord): ProcessInfo {
    return describe(this.#table, record, this.#live.has(record.pid));
  }
}
