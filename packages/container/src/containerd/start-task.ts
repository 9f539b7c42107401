import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.ts';
import { codes, grpcCode, isAlreadyThere, isUnavailable } from './grpc-error.ts';
import { withLock } from './lock.ts';
import type { ContainerRecord, SnapshotMount } from './messages.ts';
import { deleteTask, getTask, removeTask } from './tasks.ts';

/** Milliseconds; a start waits for runc and its hooks. */
const deadline = 60_000;

/** Milliseconds that the making of a task by another client is waited for. */
const busyLimit = 10_000;

/** What became of an attempt to make a task. `found`: somebody else made it, and it can be started. */
type Outcome = 'made' | 'found' | 'runs' | 'ended';

/** Another client makes or drops the task right now: its folder is there without it, or the other way round. */
const isBusy = (error: unknown): boolean =>
  grpcCode(error) === codes.unknown && /file exists|task already exists/.test((error as Error).message);

/** Makes the task of a container, without streams: our init writes its own log. */
async function createTask(connection: Connection, container: ContainerRecord): Promise<Outcome> {
  const { id: containerId, snapshotter, snapshotKey: key } = container;
  const { mounts } = await connection.ask<{ mounts: SnapshotMount[] }>('Snapshots.Mounts', {
    snapshotter,
    key,
  });
  const request = { containerId, rootfs: mounts, stdin: '', stdout: '', stderr: '', terminal: false };
  for (const until = Date.now() + busyLimit; ; ) {
    try {
      await connection.call('Tasks.Create', request, { deadline });
      return 'made';
    } catch (error) {
      const again = isBusy(error) || isAlreadyThere(error);
      if (!again && !isUnavailable(error)) throw error;
      const task = await getTask(connection, containerId);
      // Left by somebody who died, or just made by somebody as quick, or by us when containerd went away.
      if (task?.status === 'CREATED') return 'found';
      if (task) return task.status === 'STOPPED' ? 'ended' : 'runs';
      if (!again || Date.now() >= until) throw error;
      await sleep(20);
    }
  }
}

/** True when somebody else was as quick (containerd, pkg/process/init_state.go). */
const isStarted = (error: Error): boolean =>
  /cannot start a (running|paused|stopped) process/.test(error.message);

type Note = (time: string) => Promise<void>;

/** Starts a task that is made or found. */
async function run(connection: Connection, id: string, created: Outcome, note: Note): Promise<void> {
  const start = connection.call('Tasks.Start', { containerId: id }, { deadline });
  const done = await Promise.allSettled([start, note(new Date().toISOString())]);
  const failed = done.find((result) => result.status === 'rejected');
  if (!failed || isStarted(failed.reason)) return;
  const status = (await getTask(connection, id))?.status;
  // The shim went on while containerd went away and came back.
  if (status === 'RUNNING' || status === 'PAUSED') return;
  if (status === 'STOPPED' && isUnavailable(failed.reason)) return;
  // Whoever made it may be about to start it.
  if (created === 'made') {
    await removeTask(connection, id).catch(() => undefined);
    await note('').catch(() => undefined);
  }
  throw failed.reason;
}

/**
 * Starts a container, a second time as well. `note` is told when it is about to run, and with an empty text when it could not: what
 * was begun is taken back then, and the message is runc's. Nothing when it runs already.
 */
export async function startTask(
  connection: Connection,
  container: ContainerRecord,
  note: Note,
): Promise<void> {
  const { id } = container;
  const created = await createTask(connection, container);
  if (created === 'runs') return;
  if (created !== 'ended') return await run(connection, id, created, note);
  // Dropping the task that has ended would drop the one that another client has just made in its place.
  await withLock(connection, `duende-start-${id}`, async () => {
    if ((await getTask(connection, id))?.status === 'STOPPED') await deleteTask(connection, id);
    const anew = await createTask(connection, container);
    if (anew === 'made' || anew === 'found') await run(connection, id, anew, note);
  });
}
