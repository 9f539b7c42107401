import type { DaemonHandle } from '@duende/core/contract';
import type { Operation } from '../daemon.ts';
import type { Response } from '../docker/connection.ts';
import { type Listed, stateOfListed } from '../docker/state.ts';
import type { ContainerState } from '../engine/engine.ts';
import { type Node, type Service, serviceLabel, servicePath, type Task } from './api.ts';
import { gone, type SwarmContext, serviceIdOf, swarmError } from './context.ts';
import { handleId, ownName } from './note.ts';

/** A service with its tasks, as swarm knows them, and those of their containers that are on this node. */
export interface Snapshot {
  readonly name: string;
  readonly service: Service;
  readonly tasks: readonly Task[];
  /** By id. */
  readonly containers: ReadonlyMap<string, Pick<ContainerState, 'state'>>;
  /** Host names by id. */
  readonly nodes: ReadonlyMap<string, string>;
}

async function unlessMissing<T>(response: Response): Promise<T | undefined> {
  if (response.statusCode !== 404) return (await response.body.json()) as T;
  await response.body.dump();
  return undefined;
}

/** By id or name; `undefined` when there is none. @throws EngineError */
export async function getService({ connection }: SwarmContext, id: string): Promise<Service | undefined> {
  return await unlessMissing<Service>(await connection.request(servicePath(id), { expect: [404] }));
}

/** @throws EngineError */
export async function getTasks({ connection }: SwarmContext, id: string): Promise<Task[] | undefined> {
  const query = { filters: JSON.stringify({ service: [id] }) };
  return await unlessMissing<Task[]>(await connection.request('/tasks', { query, expect: [404] }));
}

/** On this node. @throws EngineError */
export async function getContainers({ connection }: SwarmContext, id: string): Promise<ContainerState[]> {
  const query = { all: true, filters: JSON.stringify({ label: [`${serviceLabel}=${id}`] }) };
  return (await connection.json<Listed[]>('/containers/json', { query })).map(stateOfListed);
}

/** @throws EngineError */
export async function snapshotOf(context: SwarmContext, id: string): Promise<Snapshot | undefined> {
  const [service, tasks, containers, nodes] = await Promise.all([
    getService(context, id),
    getTasks(context, id),
    getContainers(context, id),
    context.connection.json<Node[]>('/nodes'),
  ]);
  if (service === undefined || tasks === undefined || service.ID !== id) return undefined;
  return {
    name: ownName(service, context.base) ?? '',
    service,
    tasks,
    containers: new Map(containers.map((container) => [container.id, container])),
    nodes: new Map(nodes.map(({ ID, Description }) => [ID, Description?.Hostname ?? ID])),
  };
}

/** What a handle means. @throws PlatformError not-found when it was removed or replaced, unavailable ... */
export async function requireService(
  context: SwarmContext,
  handle: DaemonHandle,
  operation: Operation,
): Promise<Snapshot> {
  const id = serviceIdOf(handle, operation);
  let found: Snapshot | undefined;
  try {
    found = await snapshotOf(context, id);
  } catch (error) {
    throw swarmError(context, error, operation, `cannot be asked for ${handle.name}`);
  }
  if (found === undefined) throw gone(operation, handle.name, 'it was removed');
  if (found.name === '') throw gone(operation, handle.name, 'it was not made from here');
  if (handleId(found.service) !== handle.id) throw gone(operation, handle.name, 'a later run has its name');
  return found;
}

export const containerOf = ({ Status }: Task): string => Status.ContainerStatus?.ContainerID ?? '';

export const nodeOf = ({ nodes }: Pick<Snapshot, 'nodes'>, { NodeID = '' }: Task): string =>
  nodes.get(NodeID) ?? NodeID;
