import type { PlatformError } from '@duende/core/contract';
import { wosError } from '../protocol/errors.ts';

export const notFound = (
  code: 'SignalFailed' | 'StatusFailed' | 'TracerFailed' | 'SpawnFailed',
  name: string,
  isGone: boolean,
  operation: string,
): PlatformError => {
  const why = isGone ? 'it was removed' : 'a later one has its name';
  return wosError(code, 'not-found', `No daemon ${name} with this handle: ${why}`, {
    hint: 'duende ps lists the daemons that there are',
    operation,
  });
};

export const isThere = (name: string): PlatformError =>
  wosError('SpawnFailed', 'already-exists', `A daemon named ${name} is running already`, {
    hint: `Stop it first (duende stop ${name}), or choose another name`,
    operation: 'spawn',
  });

export const stillRuns = (name: string): PlatformError =>
  wosError('StatusFailed', 'engine-error', `Cannot remove ${name}: it is running`, {
    hint: `Stop it first (duende stop ${name}), or force it (duende rm --force ${name})`,
    operation: 'remove',
  });

export const isReserved = (name: string): PlatformError =>
  wosError('StatusFailed', 'engine-error', `Cannot remove ${name}: it is being started`, {
    hint: 'Try again when it has been',
    operation: 'remove',
  });

export const isNotRunning = (
  code: 'SignalFailed' | 'StatusFailed' | 'TracerFailed',
  name: string,
  operation: string,
) => wosError(code, 'not-running', `${name} is not running`, { operation });

export const isTraced = (name: string) =>
  wosError('TracerFailed', 'permission-denied', `${name} is traced already`, { operation: 'attachTracer' });

/** @throws PlatformError SpawnFailed / engine-error for what the file system does not do */
export function orFail<Result>(operation: string, what: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    const message = `${what}: ${(error as Error).message}`;
    throw wosError('SpawnFailed', 'engine-error', message, { operation, cause: error });
  }
}
