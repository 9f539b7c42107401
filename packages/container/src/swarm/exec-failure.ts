import type { Task } from './api.ts';
import type { SwarmContext } from './context.ts';
import { logPath, readTaskLog } from './read-task-log.ts';
import type { Snapshot } from './snapshot.ts';

/** Exit codes of the engine's init (tini) when it cannot execute the program. */
const codes = [1, 126, 127];

/** What the engine's init says: with it, the start of a container succeeds also when there is no such program. */
export async function initFailure(
  { connection }: SwarmContext,
  snapshot: Snapshot,
  task: Task,
): Promise<string | undefined> {
  const { Spec } = snapshot.service;
  const { Status } = task;
  const code = Status.ContainerStatus?.ExitCode ?? 0;
  if (!Spec.TaskTemplate.ContainerSpec.Init || Status.State !== 'failed' || !codes.includes(code))
    return undefined;
  try {
    for await (const { text } of readTaskLog(connection, logPath(snapshot, task), {
      tail: 5,
      signal: AbortSignal.timeout(5000),
    })) {
      const said = /^\[FATAL tini \(\d+\)\] (exec .* failed: .*)$/.exec(text)?.[1];
      if (said !== undefined) return said;
    }
  } catch {
    // It only tells more.
  }
  return undefined;
}
