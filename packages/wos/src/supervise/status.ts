import type { DaemonStatus } from '@duende/core/contract';
import type { DaemonRecord } from './record.ts';

/** What there is to say of a run beyond the record of its daemon. */
export interface RunView {
  readonly state: 'starting' | 'running' | 'paused' | 'stopping';
  /** Before its process is there: none. */
  readonly pid: number | undefined;
  readonly health: 'healthy' | 'unhealthy' | undefined;
  readonly message: string | undefined;
}

const iso = (moment: number): string => new Date(moment).toISOString();
const isoIf = (moment: number | undefined) => (moment === undefined ? undefined : iso(moment));

/** Leaves out what is `undefined`. */
function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** Pure: the status that a record and the run that goes on mean. */
export function describeDaemon(record: DaemonRecord, run: RunView | undefined): DaemonStatus {
  const { restarts, startedAt, finishedAt, restartAt, exit, lastExit, reason } = record;
  // Once a run goes on, what was said of the one before is of no interest any more.
  const before = run === undefined || run.state === 'starting' ? record.message : undefined;
  const message = run?.message ?? before;
  if (record.phase === 'ended') {
    const ended = {
      restarts,
      startedAt: iso(startedAt),
      ...given({ message, lastExit, exit, finishedAt: isoIf(finishedAt) }),
    };
    return reason === undefined ? { ...ended, state: 'stopped' } : { ...ended, state: 'failed', reason };
  }
  // While it lives, the newest exit is that of the run before.
  const common = { restarts, ...given({ message, lastExit: exit, health: run?.health }) };
  if (record.phase === 'waiting' || run === undefined) {
    return { ...common, state: 'starting', ...given({ restartAt: isoIf(restartAt) }) };
  }
  const { state, pid } = run;
  if (pid === undefined) return { ...common, state: 'starting' };
  return { ...common, state, pid, startedAt: iso(startedAt) };
}
