import { constants } from 'node:os';
import { classifyExit, type DaemonExit, type FailureReason, type Signal } from '@duende/core/contract';
import type { Task } from './api.ts';

const byNumber = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** Engines give 128 and the signal's number for what was killed. */
export function exitOf(code: number): DaemonExit {
  const signal = code > 128 ? byNumber.get(code - 128) : undefined;
  return signal === undefined ? { code } : { signal };
}

/** What swarm notes of a task that came to execute its program, swarmkit agent/exec. */
const executed = ['started', 'finished'];

/** Whether the program of a task was executed. */
export function wasExecuted({ Status }: Task): boolean {
  if (Status.State === 'running' || Status.State === 'complete') return true;
  return Status.State === 'failed' && executed.includes(Status.Message ?? '');
}

export interface TaskEnd {
  /** `undefined`: it stopped as it should. */
  readonly reason?: FailureReason;
  readonly exit?: DaemonExit;
}

/** How a task that is over came to its end. */
export function endOf(task: Task, how: { asked: boolean; signal: Signal; oomKilled: boolean }): TaskEnd {
  const { State, ContainerStatus, Err = '' } = task.Status;
  if (State === 'complete') return { exit: { code: 0 } };
  if (State === 'orphaned' || State === 'remove') return { reason: 'lost' };
  const code = ContainerStatus?.ContainerID ? ContainerStatus.ExitCode : undefined;
  if (State === 'shutdown') {
    if (code === undefined || code < 0) return {};
    const exit = exitOf(code);
    const end = classifyExit(exit, { asked: true, signal: how.signal });
    return end.state === 'failed' ? { reason: end.reason, exit } : { exit };
  }
  // Never assigned to a node.
  if (State !== 'failed' && State !== 'rejected') return {};
  if (/unhealthy/i.test(Err))
    return { reason: 'watchdog', ...(code === undefined ? {} : { exit: exitOf(code) }) };
  if (!wasExecuted(task)) return { reason: 'spawn' };
  const exit = exitOf(code ?? 0);
  if (how.oomKilled) return { reason: 'oom', exit };
  const end = classifyExit(exit, how);
  return end.state === 'failed' ? { reason: end.reason, exit } : { exit };
}
