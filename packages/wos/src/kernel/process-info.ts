import type { ProcessExit } from './exit.ts';
import type { StoredModule } from './module-store.ts';
import type { CheckedSpawn } from './options.ts';
import type { Place } from './places.ts';
import { type ProcessState, Real, type SharedTable, Word } from './shared-table.ts';
import { priorityNames } from './weights.ts';

/** A line of the process table. */
export interface ProcessInfo {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** The process of the host's that it descends from; its own PID when it is one. */
  readonly root: number;
  /** `ended`: gone from the table, only its end is remembered. */
  readonly state: ProcessState | 'ended';
  /** 0 to 7. */
  readonly priority: number;
  readonly priorityName: string;
  /** Milliseconds. */
  readonly cpuTime: number;
  /** Bytes of linear memory. */
  readonly memory: number;
  /** Kernel thread that it is on; -1: it has an OS process of its own. */
  readonly thread: number;
  readonly isolation: CheckedSpawn['isolation'];
  /** The PID of its OS process, with the isolation `process`. */
  readonly osPid?: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly args: readonly string[];
  readonly capabilities: CheckedSpawn['capabilities'];
  readonly limits: CheckedSpawn['limits'];
  readonly exit?: ProcessExit;
  /** Why its log cannot be written at the moment: the process waits. */
  readonly logBlocked?: string;
}

export interface ProcessStats {
  /** Milliseconds. */
  readonly cpuTime: number;
  /** Bytes of linear memory. */
  readonly memory: number;
  /** System calls made. */
  readonly calls: number;
  /** Times that it was interrupted because its slice was over. */
  readonly preemptions: number;
  /** File descriptors, the standard ones included. */
  readonly openFiles: number;
  readonly mailboxCount: number;
  readonly mailboxBytes: number;
}

/** What the kernel keeps of a process, beside the shared table. */
export interface ProcessRecord {
  readonly pid: number;
  readonly name: string;
  readonly startedAt: number;
  readonly args: readonly string[];
  readonly options: Pick<CheckedSpawn, 'capabilities' | 'limits' | 'stdout' | 'stderr'>;
  /** Where it is. */
  readonly place: Place;
  readonly isScript: boolean;
  /** Of a script: takes what it tells, lines of sd_notify(3). */
  readonly notify: CheckedSpawn['notify'];
  /** Those who have asked a script for its health, by number. */
  readonly questions: Map<number, (answer: unknown) => void>;
  readonly children: Set<number>;
  /** A process has started it, not the host. */
  readonly byProcess: boolean;
  /** The process of the host's that it descends from, itself for one of those. */
  readonly root: number;
  /** The nearest process above it that has not ended: its parent, unless it is an orphan. 1: there is none. */
  ancestor: number;
  /** Those of which it is the ancestor. */
  readonly offspring: Set<number>;
  /** Its calls that wait for children, by number: to be called when a child has ended, and with true when they wait no longer. */
  readonly childWaits: Map<number, (isLast: boolean) => void>;
  /** What it runs; not kept of the dead. */
  module: StoredModule | undefined;
  /** KILL is on its way: it starts nothing any more. */
  doomed?: boolean;
  /** STOP was sent to its whole family: what it starts meanwhile is stopped, too. */
  frozen?: boolean;
  readonly waiters: ((exit: ProcessExit) => void)[];
  readonly input: { done: () => void; left: number }[];
  parent: number;
  exit?: ProcessExit;
  endedAt?: number;
  logBlocked?: string | undefined;
  /** What it had when it ended. */
  last?: ProcessStats;
  lastPriority?: number;
  trace?: CheckedSpawn['trace'];
  /** What it starts is traced from the first call on, too. */
  tracesFamily?: boolean;
}

export function readStats(table: SharedTable, record: ProcessRecord): ProcessStats {
  const { pid } = record;
  return (
    record.last ?? {
      cpuTime: table.real(pid, Real.CpuMilliseconds),
      memory: table.word(pid, Word.Memory) >>> 0,
      calls: table.real(pid, Real.Calls),
      preemptions: table.real(pid, Real.Preemptions),
      openFiles: table.word(pid, Word.OpenFiles),
      mailboxCount: table.word(pid, Word.MailCount),
      mailboxBytes: table.word(pid, Word.MailBytes),
    }
  );
}

export function describe(table: SharedTable, record: ProcessRecord, inTable: boolean): ProcessInfo {
  const { pid, exit, endedAt, logBlocked } = record;
  const { cpuTime, memory } = readStats(table, record);
  const priority = record.lastPriority ?? table.word(pid, Word.Priority);
  return {
    pid,
    name: record.name,
    parent: record.parent,
    root: record.root,
    state: inTable ? (exit ? 'zombie' : (table.state(pid) as ProcessState)) : 'ended',
    priority,
    priorityName: priorityNames[priority] ?? '',
    cpuTime,
    memory,
    thread: record.place.index,
    isolation: record.place.index < 0 ? 'process' : 'shared',
    startedAt: record.startedAt,
    args: record.args,
    capabilities: record.options.capabilities,
    limits: record.options.limits,
    ...(record.place.osPid === undefined ? {} : { osPid: record.place.osPid }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(exit === undefined ? {} : { exit }),
    ...(logBlocked === undefined ? {} : { logBlocked }),
  };
}
