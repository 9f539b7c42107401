/** What a daemon host tells the platform about itself; the words of sd_notify(3). */
export interface NotifyMessage {
  readonly state?: 'ready' | 'reloading' | 'stopping';
  /** For people, shown as the message of the status. */
  readonly status?: string;
  /** The daemon is alive. */
  readonly watchdog?: true;
}

/** Takes such messages to the platform. Must not throw: a daemon goes on when nobody listens. */
export interface Notifier {
  send(message: NotifyMessage): void;
  /** Resolves when everything has been sent, or in a few seconds. */
  close?(): void | Promise<void>;
}

const stateLines = { ready: 'READY=1', reloading: 'RELOADING=1', stopping: 'STOPPING=1' } as const;

/** Characters of a status. systemd ignores a whole message of more than 4096 bytes (PIPE_BUF), READY=1 included. */
const maxStatus = 1000;

/** One line without NUL, which systemd refuses with the rest of the message. */
function statusLine(status: string): string {
  const line = status.replaceAll('\0', ' ').replace(/\s*[\r\n]+\s*/g, ' ');
  return line.length > maxStatus ? `${line.slice(0, maxStatus)}…` : line;
}

/**
 * The lines of sd_notify(3). `monotonicUsec` (CLOCK_MONOTONIC, microseconds) belongs to RELOADING=1, where systemd
 * wants it for `Type=notify-reload`; `mainPid` to READY=1, for a daemon that is not the process which systemd has started.
 */
export function formatNotify(
  { state, status, watchdog }: NotifyMessage,
  monotonicUsec?: bigint,
  mainPid?: number,
): string {
  const lines: string[] = [];
  if (state) lines.push(stateLines[state]);
  if (state === 'reloading' && monotonicUsec !== undefined) lines.push(`MONOTONIC_USEC=${monotonicUsec}`);
  if (state === 'ready' && mainPid !== undefined) lines.push(`MAINPID=${mainPid}`);
  if (status !== undefined) lines.push(`STATUS=${statusLine(status)}`);
  if (watchdog) lines.push('WATCHDOG=1');
  return lines.map((line) => `${line}\n`).join('');
}
