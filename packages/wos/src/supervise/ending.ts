import { classifyExit, type DaemonExit, type FailureReason, type Signal } from '@duende/core/contract';
import type { ProcessExit } from '../kernel/index.ts';

/** What was done to a run. */
export interface RunFate {
  /** A stop was asked for, with this signal. */
  readonly stopSignal: Signal | undefined;
  /** It was killed since it was not ready in time. */
  readonly timedOut: boolean;
  /** It was ended since it was not healthy. */
  readonly unhealthy: boolean;
}

export interface Ending {
  /** Not known when its kernel was killed. */
  readonly exit: DaemonExit | undefined;
  /** Why it counts as failed; `undefined`: it does not. */
  readonly failure: FailureReason | undefined;
  /** For people. */
  readonly message: string | undefined;
}

const plain = (exit: ProcessExit): DaemonExit =>
  'code' in exit ? { code: exit.code } : { signal: exit.signal };

/** Pure: what the end of a run means. @param exit `undefined`: its kernel was killed */
export function judgeEnd(exit: ProcessExit | undefined, fate: RunFate): Ending {
  if (exit === undefined) {
    return { exit: undefined, failure: 'lost', message: 'The kernel that ran it was killed' };
  }
  const trap = 'trap' in exit && exit.trap !== undefined ? `It crashed: ${exit.trap}` : undefined;
  return { exit: plain(exit), failure: failureOf(exit, fate), message: trap };
}

function failureOf(exit: ProcessExit, fate: RunFate): FailureReason | undefined {
  if (fate.timedOut) return 'start-timeout';
  if (fate.unhealthy) return 'watchdog';
  const asked = fate.stopSignal !== undefined;
  if (exit.oom && !asked) return 'oom';
  const stop = fate.stopSignal === undefined ? { asked } : { asked, signal: fate.stopSignal };
  const outcome = classifyExit(plain(exit), stop);
  return outcome.state === 'stopped' ? undefined : outcome.reason;
}
