import { type DaemonHandle, type DaemonStatus, isTerminal, type StopOptions } from '@duende/core/contract';
import type { ServiceSpec } from './api.ts';
import { type SwarmContext, swarmError } from './context.ts';
import { noteLabel, noteOf, noteText, parkedConstraint } from './note.ts';
import { killLocal } from './remove-service.ts';
import { fullStatus, serviceStatus } from './service-status.ts';
import { requireService } from './snapshot.ts';
import { untilService } from './until.ts';
import { updateService } from './update.ts';

const operation = { code: 'StatusFailed', name: 'stop' } as const;

/** Beyond the grace period of its tasks. */
const longest = 60_000;

/**
 * Pure: a service that swarm finds no node for, so that its tasks end. Their ends and their logs stay known, which scaling to 0
 * would take away.
 */
export function parked(spec: ServiceSpec): ServiceSpec {
  const note = noteOf(spec);
  if (note.stopped !== undefined) return spec;
  const stopped = {
    constraints: spec.TaskTemplate.Placement?.Constraints ?? [],
    update: spec.UpdateConfig ?? null,
  };
  return {
    ...spec,
    Labels: { ...spec.Labels, [noteLabel]: noteText({ ...note, stopped }) },
    TaskTemplate: {
      ...spec.TaskTemplate,
      Placement: { ...spec.TaskTemplate.Placement, Constraints: [parkedConstraint] },
    },
    UpdateConfig: { Parallelism: 0, Order: 'stop-first', FailureAction: 'continue' },
  };
}

/** @throws PlatformError StatusFailed / not-found, timeout, unavailable */
export async function stopService(
  context: SwarmContext,
  handle: DaemonHandle,
  { timeout }: StopOptions = {},
): Promise<DaemonStatus> {
  const found = await requireService(context, handle, operation);
  const status = await fullStatus(context, found);
  if (isTerminal(status)) return status;
  const { service } = found;
  const grace = (service.Spec.TaskTemplate.ContainerSpec.StopGracePeriod ?? 10e9) / 1e6;
  const until = timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeout;
  const limit = AbortSignal.timeout(grace + longest);
  const ended = async (): Promise<DaemonStatus | undefined> => {
    const now = await serviceStatus(context, handle, operation);
    if (isTerminal(now)) return now;
    if (Date.now() >= until) await killLocal(context, service.ID);
    return undefined;
  };
  try {
    await updateService(context, service, parked);
    return await untilService(context, service.ID, ended, limit);
  } catch (error) {
    throw swarmError(context, error, operation, `cannot stop ${handle.name}`);
  }
}
