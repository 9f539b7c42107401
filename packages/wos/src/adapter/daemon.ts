import { type DaemonHandle, parseHandle } from '@duende/core/contract';
import type { DaemonDocument } from '../protocol/daemon-documents.ts';
import type { RequestParams, RequestResult } from '../protocol/requests.ts';
import { asOperation, failed, type Operation } from './errors.ts';
import type { Session } from './session.ts';

export function handleOf({ name, instance, pid }: DaemonDocument): DaemonHandle {
  return { version: 1, name, platform: 'wos', id: instance, data: { kind: 'wos', pid } };
}

/** The requests about one daemon that can be made again when a kernel goes: they ask, or come to the same. */
type Repeatable =
  | 'daemon.status'
  | 'daemon.find'
  | 'daemon.stop'
  | 'daemon.wait'
  | 'daemon.stats'
  | 'daemon.remove'
  | 'daemon.signal';

/**
 * Asks the kernel about the daemon of a handle.
 * @throws PlatformError with the code of the operation: not-found ...; the reason of the signal when that gave up
 */
export async function askAbout<Name extends Repeatable>(
  session: Session,
  request: Name,
  handle: DaemonHandle,
  operation: Operation,
  more: Omit<RequestParams<Name>, 'name' | 'instance'>,
  signal?: AbortSignal,
): Promise<RequestResult<Name>> {
  signal?.throwIfAborted();
  const { name, id } = parseHandle(handle);
  if (!session.mayHaveDaemons) throw notFound(operation, name);
  try {
    const params = { ...more, name, instance: id } as RequestParams<Name>;
    return await session.ask(request, params, signal ? { signal } : {});
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw asOperation(operation, error, `${operation.name} of ${name}`);
  }
}

export const notFound = (operation: Operation, name: string) =>
  failed(operation, `No daemon ${name} with this handle: it was removed`, 'not-found', {
    hint: 'duende ps lists the daemons that there are',
  });
