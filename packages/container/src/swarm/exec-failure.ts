import type { Service, Task } from './api.ts';
import type { SwarmContext } from './context.ts';
import { readTaskLog } from './read-task-log.ts';

/** Exit codes of the engine's init (tini) when it cannot execute the program. */
const codes = [1, 126, 127];

/** What the engine's init says: with it, the start of a container succeeds also when there is no such program. */
export async function initFailure(
  { connection }: SwarmContext,
  { Spec }: Service,
  { ID, Status }: Task,
): Promise<string | undefined> {
  const code = Status.ContainerStatus?.ExitCode ?? 0;
  if (!Spec.TaskTemplate.ContainerSpec.Init || Status.State !== 'failed' || !codes.includes(code))
    return undefined;
  try {
    for await (const { text } of readTaskLog(connection, ID, {
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
