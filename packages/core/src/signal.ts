/**
 * The nine signals of the interface, by name: their numbers differ between platforms (SIGSTOP is 19 on
 * Linux x86 and 17 on macOS), so a number never crosses the interface.
 */
export const Signal = {
  Term: 'TERM',
  Kill: 'KILL',
  Int: 'INT',
  Quit: 'QUIT',
  Hup: 'HUP',
  Usr1: 'USR1',
  Usr2: 'USR2',
  Stop: 'STOP',
  Cont: 'CONT',
} as const;

export type Signal = (typeof Signal)[keyof typeof Signal];

export const signals: readonly Signal[] = Object.values(Signal);

/** Linux x86/arm numbers, signal(7): what a command line that takes numbers means by them. */
export const linuxSignalNumbers: Readonly<Record<Signal, number>> = {
  TERM: 15,
  KILL: 9,
  INT: 2,
  QUIT: 3,
  HUP: 1,
  USR1: 10,
  USR2: 12,
  STOP: 19,
  CONT: 18,
};

export type PosixSignal = `SIG${Signal}`;

export function toPosixSignal(signal: Signal): PosixSignal {
  return `SIG${signal}`;
}

export function isSignal(value: unknown): value is Signal {
  return typeof value === 'string' && (signals as readonly string[]).includes(value);
}

/**
 * Reads `TERM`, `term`, `SIGTERM` or a Linux number (`15`); `undefined` when it is none of the nine.
 */
export function parseSignal(text: string): Signal | undefined {
  const name = text.trim().toUpperCase().replace(/^SIG/, '');
  if (isSignal(name)) return name;
  if (!/^\d+$/.test(name)) return undefined;
  return signals.find((signal) => linuxSignalNumbers[signal] === Number(name));
}
