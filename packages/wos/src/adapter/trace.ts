import { type DaemonHandle, parseHandle, type TracerHandle, type TracerOptions } from '@duende/core/contract';
import type { TraceDocument } from '../protocol/documents.ts';
import { notFound } from './daemon.ts';
import { asOperation } from './errors.ts';
import type { Session } from './session.ts';
import { callFilter } from './trace-calls.ts';
import { traceEvent } from './trace-event.ts';
import { TraceQueue } from './trace-queue.ts';

const operation = { code: 'TracerFailed', name: 'attachTracer' } as const;

/**
 * Every call of the daemon and of its next runs, until it ends for good or nobody wants to know any more.
 * @throws PlatformError TracerFailed / not-running, not-found; Config for calls that there cannot be
 */
export async function traceDaemon(
  session: Session,
  handle: DaemonHandle,
  { calls, signal }: TracerOptions,
): Promise<TracerHandle> {
  const { name, id } = parseHandle(handle);
  const isWanted = callFilter(calls);
  signal?.throwIfAborted();
  if (!session.mayHaveDaemons) throw notFound(operation, name);
  const queue = new TraceQueue();
  const end = new AbortController();
  const attached = Promise.withResolvers<void>();
  const onEvent = ({ events }: TraceDocument): void => {
    // The first report says that it is attached; it may be empty.
    attached.resolve();
    if (end.signal.aborted) return;
    for (const event of events) if (isWanted(event.call)) queue.push(traceEvent(event));
  };
  const tracing = session
    .request('daemon.trace', { name, instance: id }, { signal: end.signal, onEvent })
    .then(
      () => attached.resolve(),
      (error: unknown) => attached.reject(error),
    )
    .finally(() => queue.end());
  const abort = () => end.abort();
  signal?.addEventListener('abort', abort, { once: true });
  void tracing.finally(() => signal?.removeEventListener('abort', abort));
  try {
    await attached.promise;
  } catch (error) {
    throw asOperation(operation, error, `Cannot trace ${name}`);
  }
  const detach = async (): Promise<void> => {
    end.abort();
    await tracing;
  };
  return {
    summary: () => queue.summary(),
    detach,
    [Symbol.asyncIterator]: () => ({
      next: () => queue.next(),
      // `break` out of `for await` means that no more is wanted.
      return: async () => {
        await detach();
        return { done: true, value: undefined };
      },
    }),
  };
}
