import type { ProcessExit } from './exit.ts';
import { describe, type ProcessInfo, type ProcessRecord, readStats } from './process-info.ts';
import { type SharedTable, Word } from './shared-table.ts';

/** The highest PID; the next one is 2 again. */
export const lastPid = 2 ** 30;

export interface ListOptions {
  /** Processes at one time. */
  readonly limit: number;
  /** Ended processes that are remembered, of the host's and of those that processes started each. */
  readonly history: number;
  /** The first PID that is given. */
  readonly firstPid: number;
}

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
  /** Apart: one that starts many must not make the host's forgotten. */
  readonly #endedChildren = new Map<number, ProcessRecord>();
  /** Of each process of the host's: how many descend from it. */
  readonly #families = new Map<number, number>();
  #next: number;

  constructor(table: SharedTable, { limit, history, firstPid }: ListOptions) {
    this.#table = table;
    this.#limit = limit;
    this.#history = history;
    this.#next = firstPid;
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
      if (this.find(pid)) continue;
      return pid;
    }
  }

  add(record: ProcessRecord): void {
    this.#live.set(record.pid, record);
    this.#live.get(record.parent)?.children.add(record.pid);
    this.#live.get(record.ancestor)?.offspring.add(record.pid);
    if (record.root !== record.pid) this.#families.set(record.root, this.familySize(record.root) + 1);
  }

  /** How many processes descend from one that the host has started, zombies included. */
  familySize(root: number): number {
    return this.#families.get(root) ?? 0;
  }

  /** One that never began. */
  discard(pid: number): void {
    const record = this.#live.get(pid);
    if (record) this.#remove(record);
    else this.#table.clear(pid);
  }

  #remove(record: ProcessRecord): void {
    const { pid, parent, ancestor, root } = record;
    this.#live.get(parent)?.children.delete(pid);
    this.#live.get(ancestor)?.offspring.delete(pid);
    this.#live.delete(pid);
    this.#table.clear(pid);
    record.module = undefined;
    if (root === pid) return;
    const left = this.familySize(root) - 1;
    if (left > 0) this.#families.set(root, left);
    else this.#families.delete(root);
  }

  /** In the table. */
  live(pid: number): ProcessRecord | undefined {
    return this.#live.get(pid);
  }

  /** In the table, or remembered. */
  find(pid: number): ProcessRecord | undefined {
    return this.#live.get(pid) ?? this.#ended.get(pid) ?? this.#endedChildren.get(pid);
  }

  all(): Iterable<ProcessRecord> {
    return this.#live.values();
  }

  /**
   * Those that a process has started, that these have started, and so on, zombies included: also those whose parents have
   * ended meanwhile. Of one that has ended itself only where the host has started it.
   */
  descendants(pid: number): ProcessRecord[] {
    const record = this.#live.get(pid);
    // Asked of each process that ends: most have started none.
    if ((record === undefined || record.root === pid) && this.familySize(pid) === 0) return [];
    if (record === undefined || record.root === pid)
      return [...this.#live.values()].filter(({ root, pid: own }) => root === pid && own !== pid);
    const found: ProcessRecord[] = [];
    for (const queue = [record]; queue.length > 0; ) {
      for (const below of (queue.pop() as ProcessRecord).offspring) {
        const next = this.#live.get(below) as ProcessRecord;
        found.push(next);
        queue.push(next);
      }
    }
    return found;
  }

  end(pid: number, exit: ProcessExit, memory: number): void {
    const record = this.#live.get(pid);
    if (record === undefined || record.exit !== undefined) return;
    record.last = { ...readStats(this.#table, record), memory };
    record.lastPriority = this.#table.word(pid, Word.Priority);
    record.exit = exit;
    record.endedAt = Date.now();
    for (const child of record.children) this.#adopt(child);
    for (const below of record.offspring) this.#setAncestor(below, record.ancestor);
    record.offspring.clear();
    for (const waiter of record.waiters.splice(0)) waiter(exit);
    for (const input of record.input.splice(0)) input.done();
    record.childWaits.clear();
    const parent = this.#live.get(record.parent);
    if (parent === undefined) this.reap(pid);
    else for (const look of [...parent.childWaits.values()]) look(false);
  }

  #adopt(pid: number): void {
    const record = this.#live.get(pid);
    if (record === undefined) return;
    record.parent = 1;
    this.#table.setWord(pid, Word.Parent, 1);
    record.place.send({ type: 'adopted', pid });
    if (record.exit) this.reap(pid);
  }

  #setAncestor(pid: number, ancestor: number): void {
    const record = this.#live.get(pid);
    if (record === undefined) return;
    record.ancestor = ancestor;
    this.#table.setWord(pid, Word.Ancestor, ancestor);
    this.#live.get(ancestor)?.offspring.add(pid);
  }

  /** Takes a zombie out of the table. @returns false when it is none */
  reap(pid: number): boolean {
    const record = this.#live.get(pid);
    if (record?.exit === undefined) return false;
    this.#remove(record);
    const history = record.byProcess ? this.#endedChildren : this.#ended;
    history.set(pid, record);
    for (const old of history.keys()) {
      if (history.size <= this.#history) break;
      history.delete(old);
    }
    return true;
  }

  describe(record: ProcessRecord): ProcessInfo {
    return describe(this.#table, record, this.#live.has(record.pid));
  }
}
