import { type Context, translate } from './daemon.ts';
import type { ContainerState } from './engine/engine.ts';
import { labelNames } from './labels.ts';

const operation = { code: 'StatusFailed', name: 'list' } as const;

/** Of a spawn that nobody is at any more, and that has not come to a start. */
export const isAbandoned = ({ state }: Context, container: ContainerState): boolean =>
  container.state === 'created' && !state.isOwned(container.labels[labelNames.key] ?? '');

/** Removes a container with its folder. */
export async function discard({ engine, state }: Context, container: ContainerState): Promise<void> {
  await engine.remove(container.id);
  const key = container.labels[labelNames.key];
  if (key !== undefined) state.remove(key);
}

/** All containers of daemons that are there. What spawns that were killed in the middle have left is cleared away. */
export async function listContainers(context: Context): Promise<ContainerState[]> {
  const { engine, state } = context;
  try {
    const all = await engine.list({ [labelNames.state]: state.base });
    const kept: ContainerState[] = [];
    for (const container of all) {
      if (isAbandoned(context, container)) await discard(context, container);
      else kept.push(container);
    }
    const known = new Set(kept.map(({ labels }) => labels[labelNames.key]));
    // Just being made, or just being removed, when it is young.
    for (const key of state.keys()) {
      if (!known.has(key) && !state.isOwned(key) && state.age(key) > 60_000) state.remove(key);
    }
    return kept;
  } catch (error) {
    throw translate(context, error, operation, 'cannot list its containers');
  }
}
