import { readFileSync } from 'node:fs';
import type { DaemonExit, DaemonHandle, DaemonStatus, Signal } from '@duende/core/contract';
import { parseSignal } from '@duende/core/contract';
import type { Operation } from '../daemon.ts';
import type { Task } from './api.ts';
import type { SwarmContext } from './context.ts';
import { endOf, type TaskEnd } from './exit.ts';
import { describeService } from './message.ts';
import { noteOf } from './note.ts';
import {
  hasEnded,
  isMeantToRun,
  isOfRun,
  isOver,
  isRunningTask,
  type Slot,
  slotsOf,
  updateEnded,
  wantedReplicas,
} from './slots.ts';
import { containerOf, requireService, type Snapshot } from './snapshot.ts';

/** The processes in memory of containers that the kernel has killed. */
type OomKilled = ReadonlySet<string>;

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return '';
  }
};

/** Whether a process is the engine's init, and not one of the same number elsewhere. */
export const isInit = (pid: number): boolean => read(`/proc/${pid}/comm`) === 'docker-init';

/** The init's only child is the program. 0 where /proc does not tell. */
export const childOf = (pid: number): number =>
  Number(read(`/proc/${pid}/task/${pid}/children`).split(' ')[0]);

/** Of a task on this node when there is one, else as the task's own node numbers it. */
function pidOf(
  { containers }: Snapshot,
  tasks: readonly Task[],
): (Pick<Task, 'Status'> & { pid: number }) | undefined {
  const withPid = tasks.filter(({ Status }) => (Status.ContainerStatus?.PID ?? 0) > 0);
  const local = withPid.find((task) => containers.has(containerOf(task)));
  const task = local ?? withPid[0];
  if (task === undefined) return undefined;
  const pid = task.Status.ContainerStatus?.PID as number;
  const program = local && isInit(pid) ? childOf(pid) : 0;
  return { Status: task.Status, pid: program || pid };
}

/** Swarm would have started it again, had it not been too often. */
function isLimit({ service }: Snapshot, { Status }: Task): boolean {
  const condition = service.Spec.TaskTemplate.RestartPolicy?.Condition ?? 'any';
  return condition === 'any' || (condition === 'on-failure' && Status.State !== 'complete');
}

interface Ends {
  readonly asked: boolean;
  readonly end: (task: Task) => TaskEnd;
}

/** Every replica has come to its end. The first that failed tells how the daemon did. */
function terminal(snapshot: Snapshot, slots: readonly Slot[], { asked, end }: Ends): DaemonStatus {
  const ends = slots.map((slot) => ({
    slot,
    ...end(slot.current),
    limit: !asked && isLimit(snapshot, slot.current),
  }));
  const worst = ends.find(({ reason, limit }) => reason !== undefined || limit) ?? ends.at(-1);
  const times = slots
    .map(({ current }) => current.Status.Timestamp ?? '')
    .filter(Boolean)
    .sort();
  const finished = times.at(-1);
  const common = {
    ...(worst?.exit ? { exit: worst.exit } : {}),
    ...(finished ? { finishedAt: new Date(finished).toISOString() } : {}),
  };
  const reason = worst?.limit ? 'restart-limit' : worst?.reason;
  const base = { restarts: 0, ...common };
  return reason === undefined ? { ...base, state: 'stopped' } : { ...base, state: 'failed', reason };
}

/** Pure but for /proc: what the tasks of a service come to. */
export function statusOfService(snapshot: Snapshot, oomKilled: OomKilled = new Set()): DaemonStatus {
  const { service, containers } = snapshot;
  const wanted = wantedReplicas(service);
  const asked = noteOf(service.Spec).stopped !== undefined || wanted === 0;
  const signal =
    parseSignal(service.Spec.TaskTemplate.ContainerSpec.StopSignal ?? 'TERM') ?? ('TERM' as Signal);
  const end = (task: Task) => endOf(task, { asked, signal, oomKilled: oomKilled.has(containerOf(task)) });
  const slots = slotsOf(snapshot.tasks);
  const all = slots.flatMap(({ tasks }) => tasks);
  const ofRun = slots.map(({ tasks }) => tasks.filter((task) => isOfRun(task, service)).length);
  const restarts = ofRun.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
  const before = slots.flatMap(({ tasks }) => tasks.slice(0, -1).filter(hasEnded)).map(end);
  const lastExit = before.map(({ exit }) => exit).findLast((exit): exit is DaemonExit => exit !== undefined);
  const common = { restarts, message: describeService(snapshot, slots), ...(lastExit ? { lastExit } : {}) };
  const live = all.filter((task) => !isOver(task));
  const over = slots.filter(
    ({ current }) => isOver(current) && (isOfRun(current, service) || updateEnded(service)),
  );
  if (asked ? live.length === 0 : over.length >= wanted)
    return { ...terminal(snapshot, slots, { asked, end }), ...common };
  const running = all.filter((task) => isRunningTask(task) && (asked || isMeantToRun(task)));
  const main = pidOf(snapshot, running);
  if (main === undefined) return { ...common, state: 'starting' };
  const place = { pid: main.pid, startedAt: new Date(main.Status.Timestamp ?? 0).toISOString() };
  if (asked) return { ...common, ...place, state: 'stopping' };
  if (running.length + over.length < wanted) return { ...common, ...place, state: 'starting' };
  const isPaused = running.every((task) => containers.get(containerOf(task))?.state === 'paused');
  return { ...common, ...place, state: isPaused ? 'paused' : 'running' };
}

/** Only the engine of this node says who was killed for want of memory. */
async function findOomKilled({ engine }: SwarmContext, { tasks, containers }: Snapshot): Promise<OomKilled> {
  const suspects = tasks.filter(
    (task) => task.Status.ContainerStatus?.ExitCode === 137 && containers.has(containerOf(task)),
  );
  const found = await Promise.all(
    suspects.map((task) => engine.inspect(containerOf(task)).catch(() => undefined)),
  );
  return new Set(found.filter((container) => container?.oomKilled).map((container) => container?.id ?? ''));
}

export async function fullStatus(context: SwarmContext, snapshot: Snapshot): Promise<DaemonStatus> {
  return statusOfService(snapshot, await findOomKilled(context, snapshot));
}

/** @throws PlatformError StatusFailed / not-found, unavailable ... */
export async function serviceStatus(
  context: SwarmContext,
  handle: DaemonHandle,
  operation: Operation = { code: 'StatusFailed', name: 'status' },
): Promise<DaemonStatus> {
  return await fullStatus(context, await requireService(context, handle, operation));
}
