import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection } from './connection.ts';
import { codes, grpcCode, isAlreadyThere, isNotFound, isUnavailable, unlessMissing } from './grpc-error.ts';
import type { ContainerRecord, SnapshotMount, TaskRecord } from './messages.ts';

/** Milliseconds; a start waits for runc and its hooks. */
const startDeadline = 60_000;

/** Milliseconds that killed processes may take to be gone: the kernel lets none wait for long but in uninterruptible sleep. */
const killDeadline = 20_000;

export async function getTask(connection: Connection, id: string): Promise<TaskRecord | undefined> {
  const found = await unlessMissing(
    connection.ask<{ process: TaskRecord }>('Tasks.Get', { containerId: id }),
  );
  return found?.process;
}

/** By the id of the container. */
export async function listTasks(connection: Connection): Promise<ReadonlyMap<string, TaskRecord>> {
  const { tasks } = await connection.ask<{ tasks: TaskRecord[] }>('Tasks.List', {});
  // A list has the container's id as `id`, and none as `containerId`.
  return new Map(tasks.map((task) => [task.containerId || task.id, task]));
}

/** Milliseconds that the making of a task by another client is waited for. */
const busyLimit = 10_000;

/** Another client makes the task right now: its folder is there, and itself not yet. */
const isBusy = (error: unknown): boolean =>
  grpcCode(error) === codes.unknown && /mkdir \S+: file exists/.test((error as Error).message);

const deleteTask = (connection: Connection, id: string): Promise<unknown> =>
  unlessMissing(connection.call('Tasks.Delete', { containerId: id }, { deadline: startDeadline }));

/**
 * Makes the task of a container, without streams: our init writes its own log. One that has ended is dropped first.
 * False when it runs already.
 */
async function createTask(connection: Connection, container: ContainerRecord): Promise<boolean> {
  const { id: containerId, snapshotter, snapshotKey: key } = container;
  const { mounts } = await connection.ask<{ mounts: SnapshotMount[] }>('Snapshots.Mounts', {
    snapshotter,
    key,
  });
  const request = { containerId, rootfs: mounts, stdin: '', stdout: '', stderr: '', terminal: false };
  for (const until = Date.now() + busyLimit; ; ) {
    try {
      await connection.call('Tasks.Create', request, { deadline: startDeadline });
      return true;
    } catch (error) {
      const busy = isBusy(error);
      const there = isAlreadyThere(error);
      if (!busy && !there && !isUnavailable(error)) throw error;
      const task = await getTask(connection, containerId);
      // Left by somebody who died, or just made by somebody as quick, or by us when containerd went away: it can be started.
      if (task?.status === 'CREATED') return true;
      if (task && task.status !== 'STOPPED') return false;
      if ((!busy && !there) || Date.now() >= until) throw error;
      if (busy) await sleep(20);
      else await deleteTask(connection, containerId);
    }
  }
}

/**
 * `note` is told when it is about to run, and with an empty text when it could not: what was begun is taken back then, and the
 * message is runc's. Nothing when it runs already.
 */
export async function startTask(
  connection: Connection,
  container: ContainerRecord,
  note: (time: string) => Promise<void>,
): Promise<void> {
  const { id } = container;
  if (!(await createTask(connection, container))) return;
  const start = connection.call('Tasks.Start', { containerId: id }, { deadline: startDeadline });
  const done = await Promise.allSettled([start, note(new Date().toISOString())]);
  const failed = done.find((result) => result.status === 'rejected');
  if (!failed) return;
  const status = (await getTask(connection, id))?.status;
  // Somebody else was as quick, or containerd went away and came back while the shim went on.
  if (status === 'RUNNING' || status === 'PAUSED') return;
  if (status === 'STOPPED' && isUnavailable(failed.reason)) return;
  await removeTask(connection, id).catch(() => undefined);
  await note('').catch(() => undefined);
  throw failed.reason;
}

/** runc and its shim say it with several codes. */
function isEnded(error: unknown): boolean {
  const ended =
    /process already finished|not running|no such process|container .* stopped|not in running state/i;
  return isNotFound(error) || (grpcCode(error) !== 0 && ended.test((error as Error).message));
}

/** @throws EngineError `not-running`, `not-found` when there is no such container. */
async function explainMissing(connection: Connection, id: string, error: unknown): Promise<EngineError> {
  const there = await unlessMissing(connection.ask('Containers.Get', { id }));
  if (there) return new EngineError('not-running', `${id} does not run`, { cause: error });
  return new EngineError('not-found', `containerd has no container ${id}`, { cause: error });
}

/** A call to a task that must run. */
async function act(connection: Connection, path: string, id: string, more: object = {}): Promise<void> {
  try {
    await connection.call(path, { containerId: id, ...more });
  } catch (error) {
    if (!isEnded(error)) throw error;
    throw await explainMissing(connection, id, error);
  }
}

/** @throws EngineError `invalid`, `not-running`, `not-found` */
export async function killTask(connection: Connection, id: string, name: string): Promise<void> {
  const signal = (constants.signals as Record<string, number | undefined>)[name];
  if (signal === undefined) throw new EngineError('invalid', `there is no signal ${name}`);
  await act(connection, 'Tasks.Kill', id, { signal });
}

export const pauseTask = (connection: Connection, id: string): Promise<void> =>
  act(connection, 'Tasks.Pause', id);

export const resumeTask = (connection: Connection, id: string): Promise<void> =>
  act(connection, 'Tasks.Resume', id);

/** Kills every process of a container and drops its task; no error when there is none. */
export async function removeTask(connection: Connection, id: string): Promise<void> {
  const task = await getTask(connection, id);
  if (!task) return;
  if (task.status !== 'STOPPED') {
    const signal = constants.signals.SIGKILL;
    await connection.call('Tasks.Kill', { containerId: id, signal, all: true }).catch((error) => {
      if (!isEnded(error)) throw error;
    });
    // Frozen processes die when they thaw.
    if (task.status !== 'RUNNING')
      await connection.call('Tasks.Resume', { containerId: id }).catch(() => undefined);
    await unlessMissing(connection.ask('Tasks.Wait', { containerId: id }, { deadline: killDeadline }));
  }
  await deleteTask(connection, id);
}
