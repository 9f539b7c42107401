import type { ProcessExit } from './exit.ts';
import type { CheckedSpawn } from './options.ts';
import { type ProcessState, Real, type SharedTable, Word } from './shared-table.ts';
import { priorityNames } from './weights.ts';

/** A line of the process table. */
export interface ProcessInfo {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** `ended`: gone from the table, only its end is remembered. */
  readonly state: ProcessState | 'ended';
  /** 0 to 7. */
  readonly priority: number;
  readonly priorityName: string;
  /** Milliseconds. */
  readonly cpuTime: number;
  /** Bytes of linear memory. */
  readonly memory: number;
  /** Kernel thread that it is on. */
  readonly thread: number;
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
  readonly thread: number;
  readonly startedAt: number;
  readonly args: readonly string[];
  readonly options: Pick<CheckedSpawn, 'capabilities' | 'limits' | 'stdout' | 'stderr'>;
  readonly isScript: boolean;
  /** Of a script: takes what it tells, lines of sd_notify(3). */
  readonly notify: CheckedSpawn['notify'];
  /** Those who have asked a script for its health, by number. */
  readonly questions: Map<number, (answer: unknown) => void>;
  readonly children: Set<number>;
  readonly waiters: ((exit: ProcessExit) => void)[];
  readonly input: { done: () => void; left: number }[];
  parent: number;
  exit?: ProcessExit;
  endedAt?: number;
  logBlocked?: string | undefined;
  /** What it had when it ended. */
  last?: ProcessStats;
  lastPriority?: number;
  trace?: ((events: readonly import('./trace.ts').TraceEvent[]) => void) | undefined;
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
    state: inTable ? (exit ? 'zombie' : (table.state(pid) as ProcessState)) : 'ended',
    priority,
    priorityName: priorityNames[priority] ?? '',
    cpuTime,
    memory,
    thread: record.thread,
    startedAt: record.startedAt,
    args: record.args,
    capabilities: record.options.capabilities,
    limits: record.options.limits,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(exit === undefined ? {} : { exit }),
    ...(logBlocked === undefined ? {} : { logBlocked }),
  };
}
