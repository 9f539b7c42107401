import { labelNames } from '../labels.ts';
import type { Service, ServiceSpec, UpdateConfig } from './api.ts';

/** The label of a service with what swarm has no field for. The rest of the spec is the service itself. */
export const noteLabel = 'dev.duende.swarm';

/** No node has this id: a stopped service asks for it, so that swarm keeps its tasks, which scaling to 0 would remove with their logs. */
export const parkedConstraint = 'node.id==duende-stopped';

export interface Note {
  /** Counts spawns and restarts: part of the handle's id. */
  readonly run: number;
  /** Milliseconds. */
  readonly startTimeout: number;
  /** While it is stopped: what a restart puts back. */
  readonly stopped?: { readonly constraints: readonly string[]; readonly update: UpdateConfig | null };
}

export const noteText = (note: Note): string => JSON.stringify(note);

/** Somebody may have edited it. */
export function noteOf({ Labels }: Pick<ServiceSpec, 'Labels'>): Note {
  try {
    const { run, startTimeout, stopped } = JSON.parse(Labels[noteLabel] ?? '') as Partial<Note>;
    return {
      run: Number(run) || 1,
      startTimeout: Number(startTimeout) || 30_000,
      ...(stopped && { stopped }),
    };
  } catch {
    return { run: 1, startTimeout: 30_000 };
  }
}

export const isParked = (place: { readonly Constraints?: readonly string[] | null } | undefined): boolean =>
  place?.Constraints?.includes(parkedConstraint) ?? false;

/** The name of the daemon of a service, when it was made from here. */
export function ownName({ Spec }: Pick<Service, 'Spec'>, base: string): string | undefined {
  return Spec.Labels?.[labelNames.state] === base ? Spec.Labels[labelNames.name] : undefined;
}

export const handleId = (service: Pick<Service, 'ID' | 'Spec'>): string =>
  `${service.ID}.${noteOf(service.Spec).run}`;
