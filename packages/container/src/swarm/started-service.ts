import { existsSync } from 'node:fs';
import { type DaemonSpec, PlatformError } from '@duende/core/contract';
import type { Task } from './api.ts';
import { gone, type SwarmContext, swarmError } from './context.ts';
import { initFailure } from './exec-failure.ts';
import { wasExecuted } from './exit.ts';
import { childOf, isInit } from './service-status.ts';
import { hasEnded, isOfRun, isRunningTask, slotsOf, updateEnded, wantedReplicas } from './slots.ts';
import { containerOf, type Snapshot, snapshotOf } from './snapshot.ts';
import { taskFailure, timeoutFailure } from './spawn-failure.ts';
import { untilService } from './until.ts';

export interface Progress {
  readonly done: boolean;
  /** A task that ended without having executed its program. */
  readonly failed?: Task;
  /** A task that is still to come, when it was made already. */
  readonly waiting?: Task;
}

/** Pure: how far the last spawn or restart of a service is. */
export function progressOf({ service, tasks }: Pick<Snapshot, 'service' | 'tasks'>): Progress {
  const slots = slotsOf(tasks.filter((task) => isOfRun(task, service)));
  const failed = slots.flatMap(({ tasks }) => tasks).find((task) => hasEnded(task) && isBroken(task));
  const waiting = slots.find(({ tasks }) => !tasks.some(wasExecuted))?.current;
  const started = slots.filter(({ tasks }) => tasks.some(wasExecuted)).length;
  return {
    done: started >= wantedReplicas(service),
    ...(failed && { failed }),
    ...(waiting && { waiting }),
  };
}

const isBroken = (task: Task): boolean =>
  ['failed', 'rejected', 'orphaned'].includes(task.Status.State) && !wasExecuted(task);

/** @throws PlatformError SpawnFailed when the init could not execute the program */
async function refuseUnknownProgram(
  context: SwarmContext,
  snapshot: Snapshot,
  spec: DaemonSpec | undefined,
): Promise<void> {
  for (const task of snapshot.tasks.filter((task) => isOfRun(task, snapshot.service))) {
    const said = await initFailure(context, snapshot, task);
    if (said === undefined) continue;
    const Status = { ...task.Status, Message: 'starting', Err: said };
    throw taskFailure(snapshot, { ...task, Status }, spec);
  }
}

/** The init of a task on this node has not executed the program yet: its child is still itself. */
function isUndecided({ service, tasks, containers }: Snapshot): boolean {
  if (!service.Spec.TaskTemplate.ContainerSpec.Init) return false;
  return tasks.filter(isRunningTask).some((task) => {
    const pid = task.Status.ContainerStatus?.PID ?? 0;
    if (!containers.has(containerOf(task)) || pid === 0) return false;
    // It has ended, and the engine is about to say so.
    if (!existsSync(`/proc/${pid}`)) return true;
    // Not for us to see.
    if (!isInit(pid)) return false;
    const child = childOf(pid);
    return child === 0 || isInit(child);
  });
}

/**
 * Waits until every replica has executed its program, and is healthy where it is checked.
 * @throws PlatformError SpawnFailed with what swarm says
 */
export async function untilServiceStarted(
  context: SwarmContext,
  id: string,
  how: {
    readonly name: string;
    readonly timeout: number;
    readonly spec?: DaemonSpec;
    readonly operation: string;
  },
): Promise<Snapshot> {
  const operation = { code: 'SpawnFailed', name: how.operation } as const;
  const limit = AbortSignal.timeout(how.timeout);
  let waiting: Task | undefined;
  const look = async (): Promise<Snapshot | undefined> => {
    const snapshot = await snapshotOf(context, id);
    if (snapshot === undefined) throw gone(operation, how.name, 'it was removed while it was started');
    const progress = progressOf(snapshot);
    if (progress.failed) throw taskFailure(snapshot, progress.failed, how.spec);
    // Asked before the log is: what its init says after this is heard in the next round.
    const undecided = isUndecided(snapshot);
    await refuseUnknownProgram(context, snapshot, how.spec);
    if (progress.done && !undecided) return snapshot;
    if (updateEnded(snapshot.service)) {
      const { State, Message } = snapshot.service.UpdateStatus ?? {};
      const message = `The update of ${how.name} was not finished (${State}): ${Message}`;
      const hint = `duende status ${how.name} shows its tasks`;
      throw new PlatformError('SpawnFailed', message, {
        platform: 'container',
        operation: how.operation,
        reason: 'exec-failed',
        hint,
      });
    }
    waiting = progress.waiting;
    return undefined;
  };
  try {
    return await untilService(context, id, look, limit);
  } catch (error) {
    if (PlatformError.isInstance(error)) throw error;
    if (limit.aborted) throw timeoutFailure({ name: how.name }, waiting, how.timeout);
    throw swarmError(context, error, operation, `does not say whether ${how.name} has begun`);
  }
}
