import type { DaemonHandle } from '@duende/core/contract';
import type { ServiceSpec } from './api.ts';
import { type SwarmContext, serviceHandle, swarmError } from './context.ts';
import { noteLabel, noteOf, noteText } from './note.ts';
import { wantedReplicas } from './slots.ts';
import { requireService } from './snapshot.ts';
import { untilServiceStarted } from './started-service.ts';
import { updateService } from './update.ts';

const operation = { code: 'SpawnFailed', name: 'restart' } as const;

/** Pure: the same service, to be run anew, and where it was before it was stopped. */
export function renewed(spec: ServiceSpec): ServiceSpec {
  const { run, startTimeout, stopped } = noteOf(spec);
  const { UpdateConfig, ...rest } = spec;
  const update = stopped === undefined ? UpdateConfig : (stopped.update ?? undefined);
  const constraints = stopped?.constraints ?? spec.TaskTemplate.Placement?.Constraints ?? [];
  return {
    ...rest,
    Labels: { ...spec.Labels, [noteLabel]: noteText({ run: run + 1, startTimeout }) },
    TaskTemplate: {
      ...spec.TaskTemplate,
      Placement: { ...spec.TaskTemplate.Placement, Constraints: constraints },
      ForceUpdate: (spec.TaskTemplate.ForceUpdate ?? 0) + 1,
    },
    ...(update ? { UpdateConfig: update } : {}),
  };
}

/** Milliseconds that a rolling update may take: each group of tasks is stopped, and started in the time that a start may take. */
export function updateTime(spec: ServiceSpec): number {
  const { Parallelism = 1, Delay = 0 } = spec.UpdateConfig ?? {};
  const replicas = wantedReplicas({ Spec: spec });
  const groups = Parallelism === 0 ? 1 : Math.max(1, Math.ceil(replicas / Parallelism));
  const grace = spec.TaskTemplate.ContainerSpec.StopGracePeriod ?? 10e9;
  return groups * (noteOf(spec).startTimeout + (grace + Delay) / 1e6) + 5000;
}

/**
 * What runs is replaced by and by (a rolling update); what has ended is started again. Another run with an id of its own; the log goes on.
 * @throws PlatformError SpawnFailed when a new task cannot be started: the service is then as its updateFailureAction says
 */
export async function restartService(context: SwarmContext, handle: DaemonHandle): Promise<DaemonHandle> {
  const { service, name } = await requireService(context, handle, operation);
  let next = renewed(service.Spec);
  try {
    await updateService(context, service, (spec) => {
      next = renewed(spec);
      return next;
    });
  } catch (error) {
    throw swarmError(context, error, operation, `cannot start ${name} again`);
  }
  const how = { name, timeout: updateTime(next), operation: 'restart' };
  const started = await untilServiceStarted(context, service.ID, how);
  return serviceHandle(started.service, name);
}
