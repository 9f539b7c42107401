import { randomUUID } from 'node:crypto';
import { type DaemonHandle, parseHandle, type StopOptions } from '@duende/core/contract';
import { handleOf, notFound } from './daemon.ts';
import { asOperation } from './errors.ts';
import type { Session } from './session.ts';

const operation = { code: 'SpawnFailed', name: 'restart' } as const;

/** Stops it and starts it again from its settings. @throws PlatformError SpawnFailed / not-found ... */
export async function restartDaemon(
  session: Session,
  handle: DaemonHandle,
  { timeout }: StopOptions,
): Promise<DaemonHandle> {
  const { name, id } = parseHandle(handle);
  if (!session.mayHaveDaemons) throw notFound(operation, name);
  try {
    const params = { name, instance: id, next: randomUUID(), ...(timeout === undefined ? {} : { timeout }) };
    return handleOf(await session.request('daemon.restart', params));
  } catch (error) {
    throw asOperation(operation, error, `Cannot restart ${name}`);
  }
}
