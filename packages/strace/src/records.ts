/** A complete call: one line, or two lines that the parser has put together. */
export interface CallRecord {
  readonly kind: 'call';
  readonly pid: number;
  /** Seconds since the epoch, as printed (six decimals): a number would lose microseconds. */
  readonly at: string;
  readonly call: string;
  readonly args: readonly string[];
  readonly result: string;
  /** `ENOENT`, also after `?` (`ERESTARTSYS`). */
  readonly error?: string;
  /** What strace explains in parentheses after the result: `flags O_RDWR`, `No such file or directory`. */
  readonly detail?: string;
  /** Seconds; 0 when strace printed none (`exit_group` does not return). */
  readonly duration: number;
}

/** The first half of a call that another process or thread interrupted on the output. */
export interface UnfinishedRecord {
  readonly kind: 'unfinished';
  readonly pid: number;
  readonly at: string;
  readonly call: string;
  /** The text after `call(`. */
  readonly text: string;
}

/** The second half: the text after `<... call resumed>`. */
export interface ResumedRecord {
  readonly kind: 'resumed';
  readonly pid: number;
  readonly at: string;
  readonly call: string;
  readonly text: string;
}

/** `--- SIGUSR1 {si_signo=SIGUSR1, ...} ---` or `--- stopped by SIGSTOP ---`. */
export interface SignalRecord {
  readonly kind: 'signal';
  readonly pid: number;
  readonly at: string;
  readonly signal: string;
  /** True for `stopped by`: a group stop, not a delivery. */
  readonly stopped: boolean;
  /** The text of `{...}`, without the braces. */
  readonly info: string;
}

/** `+++ exited with 3 +++` or `+++ killed by SIGKILL (core dumped) +++`. */
export interface ExitRecord {
  readonly kind: 'exit';
  readonly pid: number;
  readonly at: string;
  readonly exit: { readonly code: number } | { readonly signal: string; readonly coreDumped: boolean };
}

/** A thread other than the leader called execve: it goes on under the leader's id. */
export interface SupersededRecord {
  readonly kind: 'superseded';
  readonly pid: number;
  readonly at: string;
  readonly by: number;
}

/** Something that strace says about itself or the process: a change of personality, a message. */
export interface NoteRecord {
  readonly kind: 'note';
  readonly text: string;
}

/** One line of strace. */
export type StraceRecord =
  | CallRecord
  | UnfinishedRecord
  | ResumedRecord
  | SignalRecord
  | ExitRecord
  | SupersededRecord
  | NoteRecord;
