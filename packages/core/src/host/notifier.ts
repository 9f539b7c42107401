/** What a daemon host tells the platform about itself; the words of sd_notify(3). */
export interface NotifyMessage {
  readonly state?: 'ready' | 'reloading' | 'stopping';
  /** For people, shown as the message of the status. */
  readonly status?: string;
}

/** Takes such messages to the platform. Must not throw: a daemon goes on when nobody listens. */
export interface Notifier {
  send(message: NotifyMessage): void;
  close?(): void;
}

const stateLines = { ready: 'READY=1', reloading: 'RELOADING=1', stopping: 'STOPPING=1' } as const;

/**
 * The lines of sd_notify(3). `monotonicUsec` (CLOCK_MONOTONIC, microseconds) belongs to RELOADING=1, where systemd
 * wants it for `Type=notify-reload`.
 */
export function formatNotify({ state, status }: NotifyMessage, monotonicUsec?: bigint): string {
  const lines: string[] = [];
  if (state) lines.push(stateLines[state]);
  if (state === 'reloading' && monotonicUsec !== undefined) lines.push(`MONOTONIC_USEC=${monotonicUsec}`);
  if (status !== undefined) lines.push(`STATUS=${status.replace(/\s*[\r\n]+\s*/g, ' ')}`);
  return lines.map((line) => `${line}\n`).join('');
}
