import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection } from './connection.ts';
import { grpcCode, isNotFound, isUnavailable, unlessMissing } from './grpc-error.ts';
import type { TaskRecord } from './messages.ts';

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

/** Drops a task that has ended; it kills one that nobody has started. No error when there is none. */
export async function deleteTask(connection: Connection, id: string): Promise<void> {
  await unlessMissing(connection.call('Tasks.Delete', { containerId: id }));
}

/** Kills every process of a container and drops its task; no error when there is none. */
export async function removeTask(connection: Connection, id: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const task = await getTask(connection, id);
    if (!task) return;
    try {
      await endTask(connection, id, task);
      await deleteTask(connection, id);
      return;
    } catch (error) {
      // Somebody else removes it as well: the shim may be gone in the middle of a call.
      if (attempt === 5 || isUnavailable(error)) throw error;
      await sleep(30);
    }
  }
}

async function endTask(connection: Connection, id: string, { status }: TaskRecord): Promise<void> {
  if (status === 'STOPPED') return;
  const signal = constants.signals.SIGKILL;
  await connection.call('Tasks.Kill', { containerId: id, signal, all: true }).catch((error) => {
    if (!isEnded(error)) throw error;
  });
  // Frozen processes die when they thaw.
  if (status !== 'RUNNING') await connection.call('Tasks.Resume', { containerId: id }).catch(() => undefined);
  await unlessMissing(connection.ask('Tasks.Wait', { containerId: id }, { deadline: killDeadline }));
}
