import type { DaemonExit } from '@duende/core/contract';
import type { ListedService } from './parse-list.ts';
import type { PrintedFields } from './parse-print.ts';
import { signalName } from './signal-names.ts';

/** What launchd says of a job. */
export interface JobState {
  /**
   * `running`; `starting`: launchd's xpcproxy has not executed the program yet; `scheduled`: launchd waits for its throttle;
   * `stopping`: it was asked to end, and drains; `idle`: nothing runs.
   */
  readonly kind: 'running' | 'starting' | 'scheduled' | 'stopping' | 'idle';
  readonly pid: number | undefined;
  /** How its last process ended; `undefined` when none has. */
  readonly exit: DaemonExit | undefined;
  /** launchd could not execute the program: 78, EX_CONFIG. */
  readonly spawnFailed: boolean;
  /** macOS killed it, being short of memory. */
  readonly jetsam: boolean;
  readonly runs: number;
  /** The plist that it was loaded from. */
  readonly path: string;
  readonly fields: PrintedFields;
}

function kindOf(state: string): JobState['kind'] {
  if (state === 'running') return 'running';
  if (state === 'xpcproxy' || state === 'spawning') return 'starting';
  if (state.startsWith('spawn')) return 'scheduled';
  if (/^SIG\w+ed$/.test(state) || state === 'exiting') return 'stopping';
  return 'idle';
}

/** `3`, `78: EX_CONFIG`, `(never exited)`; of a crash there is a line of its own, and no exit code. */
function exitOf(fields: PrintedFields): DaemonExit | undefined {
  const signal = /:\s*(\d+)$/.exec(fields.get('last terminating signal') ?? '')?.[1];
  if (signal !== undefined) return { signal: signalName(Number(signal)) };
  const code = /^(\d+)/.exec(fields.get('last exit code') ?? fields.get('last exit status') ?? '')?.[1];
  return code === undefined ? undefined : { code: Number(code) };
}

/** Pure: the fields of `launchctl print` as a state. */
export function jobState(fields: PrintedFields): JobState {
  const number = (key: string): number | undefined => {
    const text = fields.get(key);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const exit = exitOf(fields);
  const isConfig = /EX_CONFIG/.test(fields.get('last exit code') ?? '');
  const reasons = ['last exit reason', 'last terminating reason', 'last termination reason'];
  return {
    kind: kindOf(fields.get('state') ?? ''),
    pid: number('pid'),
    exit,
    spawnFailed:
      fields.get('job state') === 'spawn failed' || (isConfig && fields.get('job state') !== 'exited'),
    jetsam: reasons.some((key) => /jetsam/i.test(fields.get(key) ?? '')),
    runs: number('runs') ?? 0,
    path: fields.get('path') ?? '',
    fields,
  };
}

/** What `launchctl list LABEL` says of the same. A live PID keeps the exit of the run before. */
export const stateOfList = ({ pid, lastExit }: ListedService): Pick<JobState, 'kind' | 'pid' | 'exit'> => ({
  kind: pid === undefined ? 'idle' : 'running',
  pid,
  exit: lastExit,
});
