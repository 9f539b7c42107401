import type { ContainerState } from '../engine/engine.ts';
import { joinLabels, nameLabel, startedLabel } from './labels.ts';
import { type ContainerRecord, isoTime, type TaskRecord } from './messages.ts';

const states: Readonly<Record<TaskRecord['status'], ContainerState['state']>> = {
  // Made, but nobody started it: its maker died in between, or is about to.
  CREATED: 'created',
  RUNNING: 'running',
  PAUSING: 'paused',
  PAUSED: 'paused',
  STOPPED: 'exited',
  UNKNOWN: 'dead',
};

/**
 * A container that was started and has no task any more: containerd lost it, as tasks do not outlive a boot of the machine. How it
 * ended is not known: the exit code is -1.
 */
export function toState(container: ContainerRecord, task: TaskRecord | undefined): ContainerState {
  const startedAt = container.labels[startedLabel] ?? '';
  const state = task ? states[task.status] : startedAt ? 'exited' : 'created';
  const runs = state === 'running' || state === 'paused';
  const lost = !task && startedAt !== '';
  return {
    id: container.id,
    name: container.labels[nameLabel] ?? container.id,
    labels: joinLabels(container),
    image: container.image,
    state,
    pid: runs ? (task?.pid ?? 0) : 0,
    exitCode: lost ? -1 : state === 'exited' ? (task?.exitStatus ?? 0) : 0,
    // Nothing but an event tells; our init reports it.
    oomKilled: false,
    startedAt: state === 'created' ? '' : startedAt,
    finishedAt: state === 'exited' ? isoTime(task?.exitedAt) : '',
    error: lost ? 'containerd lost its task, as when the machine was started again' : '',
  };
}
