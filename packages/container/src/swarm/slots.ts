import type { Service, Task } from './api.ts';
import { isParked } from './note.ts';

/** One of the replicas, with the tasks that swarm has made for it and still knows. */
export interface Slot {
  readonly number: number;
  /** The oldest first. */
  readonly tasks: readonly Task[];
  readonly current: Task;
}

/** Nine digits, so that times compare as texts. */
function timeKey(time: string): string {
  const [, head = time, digits = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return `${head}.${digits.padEnd(9, '0')}`;
}

/** Those that only stand for a stop are left out. */
export function slotsOf(tasks: readonly Task[]): Slot[] {
  const slots = new Map<number, Task[]>();
  for (const task of tasks) {
    if (isParked(task.Spec?.Placement)) continue;
    const number = task.Slot ?? 0;
    slots.set(number, [...(slots.get(number) ?? []), task]);
  }
  return [...slots]
    .sort(([a], [b]) => a - b)
    .map(([number, all]) => {
      all.sort((a, b) => (timeKey(a.CreatedAt) < timeKey(b.CreatedAt) ? -1 : 1));
      return { number, tasks: all, current: all.at(-1) as Task };
    });
}

const ended = ['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'];
const unassigned = ['new', 'allocated', 'pending'];

export const hasEnded = ({ Status }: Task): boolean => ended.includes(Status.State);
export const isMeantToRun = ({ DesiredState }: Task): boolean =>
  DesiredState === 'running' || DesiredState === 'ready';

export const isRunningTask = (task: Task): boolean => task.Status.State === 'running';

/** Nothing of it runs, and nothing will: swarm has decided against another try. */
export const isOver = (task: Task): boolean =>
  !isMeantToRun(task) && (hasEnded(task) || unassigned.includes(task.Status.State));

/** Of the last spawn or restart, not of those before it. */
export const isOfRun = (task: Task, { Spec }: Pick<Service, 'Spec'>): boolean =>
  (task.Spec?.ForceUpdate ?? 0) === (Spec.TaskTemplate.ForceUpdate ?? 0);

export const wantedReplicas = ({ Spec }: Pick<Service, 'Spec'>): number =>
  Spec.Mode.Replicated?.Replicas ?? 0;

/** Swarm has given up bringing a new version in. */
export const updateEnded = ({ UpdateStatus }: Pick<Service, 'UpdateStatus'>): boolean =>
  /^(paused|rollback)/.test(UpdateStatus?.State ?? '');
