import type { ActivatedSocket } from '../define.ts';

/** What a service manager with systemd's protocols has told this process through its environment. */
export interface ServiceManager {
  /** `$NOTIFY_SOCKET`, sd_notify(3). */
  readonly notifySocket?: string;
  /** Milliseconds, from `$WATCHDOG_USEC`, sd_watchdog_enabled(3). */
  readonly watchdogTimeout?: number;
  /** From `$LISTEN_FDS` and `$LISTEN_FDNAMES`, sd_listen_fds(3). */
  readonly sockets: readonly ActivatedSocket[];
}

const variables = [
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
  'LISTEN_FDS',
  'LISTEN_PID',
  'LISTEN_PIDFDID',
  'LISTEN_FDNAMES',
] as const;

/** SD_LISTEN_FDS_START. */
const firstFd = 3;
/** More than any process may have open by default (fs.nr_open): not a number of sockets. */
const maxSockets = 1_048_576;

/**
 * Takes these variables out of the environment, so that children do not take them for their own. A watchdog or sockets
 * of another process ($WATCHDOG_PID, $LISTEN_PID) and numbers that are none are ignored, as sd_listen_fds(3) does.
 */
export function takeServiceManager(env: NodeJS.ProcessEnv, pid: number): ServiceManager {
  const taken: Partial<Record<(typeof variables)[number], string>> = {};
  for (const variable of variables) {
    const value = env[variable];
    delete env[variable];
    if (value !== undefined && value !== '') taken[variable] = value;
  }
  const watchdogPid = taken.WATCHDOG_PID;
  const watched = watchdogPid === undefined || number(watchdogPid) === pid;
  const usec = watched ? number(taken.WATCHDOG_USEC) : undefined;
  const count = number(taken.LISTEN_PID) === pid ? (number(taken.LISTEN_FDS) ?? 0) : 0;
  return {
    ...(taken.NOTIFY_SOCKET !== undefined && { notifySocket: taken.NOTIFY_SOCKET }),
    ...(usec !== undefined && usec > 0 && { watchdogTimeout: usec / 1000 }),
    sockets: count <= maxSockets ? sockets(count, taken.LISTEN_FDNAMES) : [],
  };
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function sockets(count: number, names: string | undefined): readonly ActivatedSocket[] {
  const given = names?.split(':') ?? [];
  return Object.freeze(
    Array.from({ length: count }, (_, index) =>
      Object.freeze({ fd: firstFd + index, name: given[index] || 'unknown' }),
    ),
  );
}
