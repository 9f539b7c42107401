import { type DaemonHandle, isDaemonName } from '@duende/core/contract';
import { type Context, containerName, handleOf, inspect } from './daemon.ts';
import type { ContainerState } from './engine/engine.ts';
import { labelNames } from './labels.ts';
import { discard, isAbandoned, listContainers } from './sweep.ts';

const operation = { code: 'StatusFailed', name: 'find' } as const;

/** A handle; of a daemon whose state is damaged too, so that it can be looked at and removed. */
function handleFor(context: Context, container: ContainerState): DaemonHandle {
  const { labels, id } = container;
  const page = context.state.page(labels[labelNames.key] ?? '');
  if (typeof page === 'object') return handleOf(context, { container, page, key: '' });
  const data = { kind: 'container', runtime: context.engine.runtime, containerId: id } as const;
  return { version: 1, name: labels[labelNames.name] ?? '', platform: 'container', id: '', data };
}

export async function findDaemon(context: Context, name: string): Promise<DaemonHandle | undefined> {
  if (!isDaemonName(name)) return undefined;
  const container = await inspect(context, containerName(name), operation);
  if (container === undefined || container.labels[labelNames.state] !== context.state.base) return undefined;
  if (isAbandoned(context, container)) {
    await discard(context, container);
    return undefined;
  }
  return handleFor(context, container);
}

export async function listDaemons(context: Context): Promise<DaemonHandle[]> {
  const containers = await listContainers(context);
  return containers
    .filter(({ labels }) => isDaemonName(labels[labelNames.name] ?? ''))
    .map((container) => handleFor(context, container))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
