import {
  type DaemonHandle,
  type DaemonStatus,
  isTerminal,
  PlatformError,
  type WaitOptions,
} from '@duende/core/contract';
import { type SwarmContext, serviceIdOf } from './context.ts';
import { serviceStatus } from './service-status.ts';
import { untilService } from './until.ts';

const operation = { code: 'StatusFailed', name: 'wait' } as const;

/** The terminal status, when it comes to that. @throws PlatformError StatusFailed / not-found */
export async function waitForService(
  context: SwarmContext,
  handle: DaemonHandle,
  { signal }: WaitOptions = {},
): Promise<DaemonStatus> {
  signal?.throwIfAborted();
  const first = await serviceStatus(context, handle, operation);
  if (isTerminal(first)) return first;
  const look = async (): Promise<DaemonStatus | undefined> => {
    try {
      const status = await serviceStatus(context, handle, operation);
      return isTerminal(status) ? status : undefined;
    } catch (error) {
      // An engine that is being started again is waited for; one that has left its swarm is not.
      if (!PlatformError.isInstance(error) || error.code !== 'StatusFailed' || error.reason !== 'unavailable')
        throw error;
      return undefined;
    }
  };
  return await untilService(context, serviceIdOf(handle, operation), look, signal);
}
