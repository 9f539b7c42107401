import type { DaemonHandle, LogLine, LogsOptions } from '@duende/core/contract';
import { EngineError } from '../engine/engine-error.ts';
import { type SwarmContext, serviceIdOf, swarmError } from './context.ts';
import { LogCursor } from './log-cursor.ts';
import { type Reading, readServiceLog, type TaskLine } from './read-service-log.ts';
import { requireService } from './snapshot.ts';
import { waitForService } from './wait-service.ts';

const operation = { code: 'StatusFailed', name: 'logs' } as const;

/** What there is now, by time: the API gives one replica after the other. @throws EngineError */
async function readAll(
  context: SwarmContext,
  id: string,
  cursor: LogCursor,
  reading: Reading,
): Promise<TaskLine[]> {
  const { tail } = reading;
  const lines: TaskLine[] = [];
  const isNew = cursor.reading();
  // One of each at least, so that it is known where to go on.
  const wanted = { ...reading, tail: tail === undefined ? undefined : Math.max(1, tail) };
  for await (const entry of readServiceLog(context, id, wanted)) if (isNew(entry)) lines.push(entry);
  lines.sort((a, b) => (a.line.time < b.line.time ? -1 : a.line.time > b.line.time ? 1 : 0));
  // Each task has given so many.
  return tail === undefined ? lines : tail === 0 ? [] : lines.slice(-tail);
}

/** Until the service has ended, and then what it wrote last. @throws EngineError */
async function* follow(
  context: SwarmContext,
  handle: DaemonHandle,
  cursor: LogCursor,
  { since, signal }: Reading,
): AsyncGenerator<LogLine> {
  const id = serviceIdOf(handle, operation);
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  // Removed is ended, too.
  void waitForService(context, handle, { signal: both }).then(
    () => over.abort(),
    () => over.abort(),
  );
  const from = (): string | Date | undefined => {
    const again = cursor.since;
    if (again === undefined || since === undefined) return again ?? since;
    return Date.parse(again) > new Date(since).getTime() ? again : since;
  };
  try {
    while (!both.aborted) {
      const isNew = cursor.reading();
      for await (const entry of readServiceLog(context, id, { follow: true, since: from(), signal: both })) {
        if (isNew(entry)) yield entry.line;
      }
      // The engine has ended it by itself.
      if (!both.aborted) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    if (signal.aborted) return;
    const rest = await readAll(context, id, cursor, { since: from(), signal });
    for (const { line } of rest) yield line;
  } finally {
    over.abort();
  }
}

/** Lines of all tasks of a service. Followed, until it has ended for good. @throws PlatformError StatusFailed */
export async function* serviceLogs(
  context: SwarmContext,
  handle: DaemonHandle,
  { follow: follows = false, since, tail, signal }: LogsOptions = {},
): AsyncGenerator<LogLine> {
  const { service } = await requireService(context, handle, operation);
  if (signal?.aborted) return;
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  signal?.addEventListener('abort', abort, { once: true });
  const cursor = new LogCursor();
  try {
    const reading = { since, tail, signal: stop.signal };
    for (const { line } of await readAll(context, service.ID, cursor, reading)) yield line;
    if (follows) yield* follow(context, handle, cursor, reading);
  } catch (error) {
    if (signal?.aborted) return;
    if (error instanceof EngineError && error.kind === 'not-found') return;
    throw swarmError(context, error, operation, `cannot show the log of ${handle.name}`);
  } finally {
    signal?.removeEventListener('abort', abort);
    stop.abort();
  }
}
