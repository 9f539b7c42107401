import { constants } from 'node:os';

/**
 * macOS's signals by number, with the texts of its strsignal(3). Source: sys/signal.h and Libc's sys_siglist of macOS. The numbers of
 * STOP, CONT, USR1, USR2 and others are not Linux's: facts/launchd.md.
 */
const table: readonly (readonly [name: string, text: string])[] = [
  ['HUP', 'Hangup'],
  ['INT', 'Interrupt'],
  ['QUIT', 'Quit'],
  ['ILL', 'Illegal instruction'],
  ['TRAP', 'Trace/BPT trap'],
  ['ABRT', 'Abort trap'],
  ['EMT', 'EMT trap'],
  ['FPE', 'Floating point exception'],
  ['KILL', 'Killed'],
  ['BUS', 'Bus error'],
  ['SEGV', 'Segmentation fault'],
  ['SYS', 'Bad system call'],
  ['PIPE', 'Broken pipe'],
  ['ALRM', 'Alarm clock'],
  ['TERM', 'Terminated'],
  ['URG', 'Urgent I/O condition'],
  ['STOP', 'Suspended (signal)'],
  ['TSTP', 'Suspended'],
  ['CONT', 'Continued'],
  ['CHLD', 'Child exited'],
  ['TTIN', 'Stopped (tty input)'],
  ['TTOU', 'Stopped (tty output)'],
  ['IO', 'I/O possible'],
  ['XCPU', 'Cputime limit exceeded'],
  ['XFSZ', 'Filesize limit exceeded'],
  ['VTALRM', 'Virtual timer expired'],
  ['PROF', 'Profiling timer expired'],
  ['WINCH', 'Window size changes'],
  ['INFO', 'Information request'],
  ['USR1', 'User defined signal 1'],
  ['USR2', 'User defined signal 2'],
];

/** macOS's number of a signal, by its name without SIG. */
export function signalNumber(name: string): number | undefined {
  const index = table.findIndex(([known]) => known === name.toUpperCase());
  return index < 0 ? undefined : index + 1;
}

/** macOS's number of a signal that Node names, such as `SIGUSR1`. One that macOS lacks counts as KILL. */
export const numberOfExit = (signal: string): number => signalNumber(signal.replace(/^SIG/, '')) ?? 9;

/** `Segmentation fault: 11`: strsignal(3) of macOS appends the number. */
export const signalText = (number: number): string =>
  `${table[number - 1]?.[1] ?? 'Unknown signal'}: ${number}`;

/** The signal of this machine that has the same name; `undefined` for those that Linux lacks. */
export function localSignal(number: number): NodeJS.Signals | undefined {
  const name = `SIG${table[number - 1]?.[0]}`;
  return name in constants.signals ? (name as NodeJS.Signals) : undefined;
}

/** Those that count as a crash. Source: launchd-842 core.c job_reap(), launchd.plist(5) on KeepAlive / Crashed. */
export const isCrash = (number: number): boolean => [4, 5, 6, 7, 8, 10, 11, 12].includes(number);

/**
 * The signal that an argument of `launchctl kill` means, as macOS's number. Source: launchctl(1) ("SIGTERM or 15") and the public
 * reimplementation of launchctl for Apple's later systems (ProcursusTeam/launchctl kill.c): a leading `-` and `SIG` are dropped, digits
 * are a number, and a number below 2 is looked up as a name, so that `1` is no signal.
 */
export function parseSignal(text: string): { number: number; numeric: boolean } | undefined {
  let name = text.startsWith('-') ? text.slice(1) : text;
  if (name.length > 3 && /^sig/i.test(name)) name = name.slice(3);
  const digits = Number.parseInt(name, 10);
  if (digits >= 2) return digits <= table.length ? { number: digits, numeric: true } : undefined;
  const number = signalNumber(name);
  return number === undefined ? undefined : { number, numeric: false };
}
