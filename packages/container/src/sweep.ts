import { type Context, containerName, translate } from './daemon.ts';
import type { ContainerState } from './engine/engine.ts';
import { labelNames } from './labels.ts';
import { isKey } from './state-folder.ts';

const operation = { code: 'StatusFailed', name: 'list' } as const;

/** Of a spawn that nobody is at any more, and that has not come to a start. */
export const isAbandoned = ({ state }: Context, container: ContainerState): boolean =>
  container.state === 'created' && !state.isOwned(container.labels[labelNames.key] ?? '');

/** Removes a container with its folder. */
export async function discard({ engine, state }: Context, container: ContainerState): Promise<void> {
  await engine.remove(container.id);
  const key = container.labels[labelNames.key];
  if (key !== undefined && isKey(key)) state.remove(key);
}

/** Put aside for a spawn, which takes it back when it fails. */
const isAside = ({ name, labels }: ContainerState): boolean =>
  name !== containerName(labels[labelNames.name] ?? '');

/** Of a spawn that was killed in the middle: it comes back under its name, or goes when a later one has that. */
async function takeBack(context: Context, container: ContainerState): Promise<ContainerState | undefined> {
  const name = containerName(container.labels[labelNames.name] ?? '');
  if ((await context.engine.inspect(name)) === undefined) {
    await context.engine.rename?.(container.id, name);
    return { ...container, name };
  }
  await discard(context, container);
  return undefined;
}

/** All containers of daemons that are there. What spawns that were killed in the middle have left is cleared away. */
export async function listContainers(context: Context): Promise<ContainerState[]> {
  const { engine, state } = context;
  try {
    const all = await engine.list({ [labelNames.state]: state.base });
    const kept: ContainerState[] = [];
    const aside: ContainerState[] = [];
    for (const container of all) {
      if (isAbandoned(context, container)) await discard(context, container);
      else if (!isAside(container)) kept.push(container);
      else aside.push(container);
    }
    for (const container of aside) {
      // Somebody is at it: it is neither there nor gone.
      if (state.isOwned(container.labels[labelNames.key] ?? '')) continue;
      const back = await takeBack(context, container);
      if (back) kept.push(back);
    }
    const known = new Set([...kept, ...aside].map(({ labels }) => labels[labelNames.key]));
    // Just being made, or just being removed, when it is young.
    for (const key of state.keys()) {
      if (!known.has(key) && !state.isOwned(key) && state.age(key) > 60_000) state.remove(key);
    }
    return kept;
  } catch (error) {
    throw translate(context, error, operation, 'cannot list its containers');
  }
}
