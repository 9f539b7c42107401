/** Signals of macOS in the order of their numbers (sys/signal.h), from 1 on. Linux has others: USR1 is 30 here, 10 there. */
const names =
  'HUP INT QUIT ILL TRAP ABRT EMT FPE KILL BUS SEGV SYS PIPE ALRM TERM URG STOP TSTP CONT CHLD TTIN TTOU IO XCPU XFSZ VTALRM PROF WINCH INFO USR1 USR2'.split(
    ' ',
  );

/** `SIGUSR1` for 30: the number that launchd of macOS prints. */
export const signalName = (number: number): string => `SIG${names[number - 1] ?? number}`;
