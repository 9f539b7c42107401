import type { DaemonHandle, LogLine, LogsOptions } from '@duende/core/contract';
import { PlatformError } from '@duende/core/contract';
import { type SwarmContext, swarmError } from './context.ts';
import { TaskFollower } from './follow-tasks.ts';
import { LogCursor } from './log-cursor.ts';
import { logPath, type Reading, readTaskLog } from './read-task-log.ts';
import { containerOf, requireService } from './snapshot.ts';

const operation = { code: 'StatusFailed', name: 'logs' } as const;

interface Source {
  readonly path: string;
  readonly cursor: LogCursor;
}

/** What there is now of some tasks, by time. Engines count the parts of long lines for `tail`: lines are counted here. @throws EngineError */
async function readAll(
  { connection }: SwarmContext,
  sources: readonly Source[],
  { tail = Number.POSITIVE_INFINITY, ...reading }: Reading,
): Promise<LogLine[]> {
  const all: LogLine[] = [];
  for (const { path, cursor } of sources) {
    const isNew = cursor.reading();
    let last: LogLine[] = [];
    for await (const line of readTaskLog(connection, path, reading)) {
      if (isNew(line) && tail > 0) last.push(line);
      if (last.length >= 2 * tail + 100) last = last.slice(-tail);
    }
    for (const line of last) all.push(line);
  }
  all.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return tail === 0 ? [] : all.slice(-tail);
}

/** Lines of all tasks of a service. Followed, until it has ended for good. @throws PlatformError StatusFailed */
export async function* serviceLogs(
  context: SwarmContext,
  handle: DaemonHandle,
  { follow = false, since, tail, signal }: LogsOptions = {},
): AsyncGenerator<LogLine> {
  const snapshot = await requireService(context, handle, operation);
  if (signal?.aborted) return;
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  signal?.addEventListener('abort', abort, { once: true });
  const begun = snapshot.tasks.filter((task) => containerOf(task) !== '');
  const cursors = new Map(begun.map(({ ID }) => [ID, new LogCursor()]));
  const sources = begun.map((task) => ({
    path: logPath(snapshot, task),
    cursor: cursors.get(task.ID) as LogCursor,
  }));
  try {
    const reading = { since, signal: stop.signal };
    yield* await readAll(context, sources, { ...reading, tail });
    if (follow) yield* new TaskFollower(context, reading, cursors).lines(handle, operation);
  } catch (error) {
    if (signal?.aborted) return;
    // Removed, or started anew: it has ended.
    if (follow && PlatformError.isInstance(error) && error.reason === 'not-found') return;
    throw swarmError(context, error, operation, `cannot show the log of ${handle.name}`);
  } finally {
    signal?.removeEventListener('abort', abort);
    stop.abort();
  }
}
