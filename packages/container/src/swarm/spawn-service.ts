import { randomUUID } from 'node:crypto';
import { type DaemonHandle, isTerminal } from '@duende/core/contract';
import { failure } from '../daemon.ts';
import { registryAuth } from '../docker/images.ts';
import type { RegistryCredentials } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import { engineRefusal } from '../spawn-error.ts';
import type { ServiceSpec } from './api.ts';
import { checkSwarm } from './check-swarm.ts';
import { type SwarmContext, serviceHandle, serviceName, swarmError } from './context.ts';
import { ownName } from './note.ts';
import type { OrchestratorSpawn } from './orchestrator.ts';
import { discardService } from './remove-service.ts';
import { renderService } from './render-service.ts';
import { statusOfService } from './service-status.ts';
import { getService, snapshotOf } from './snapshot.ts';
import { untilServiceStarted } from './started-service.ts';
import { readNode } from './swarm-node.ts';

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

/** Of an image made here no registry knows: nodes do not ask one for what is named by its id. @throws EngineError */
async function imageId({ connection }: SwarmContext, reference: string): Promise<string> {
  return (await connection.json<{ Id: string }>(`/images/${encodeURIComponent(reference)}/json`)).Id;
}

const taken = (message: string, hint: string) => failure(operation, message, 'already-exists', hint);

/** Ours, and ended: it makes room. @throws PlatformError already-exists */
async function makeRoom(context: SwarmContext, name: string): Promise<void> {
  const there = await getService(context, serviceName(name));
  if (there === undefined) return;
  if (ownName(there, context.base) !== name) {
    throw taken(
      `There is a service ${serviceName(name)} that this Duende did not make`,
      `Choose another name; docker service inspect ${serviceName(name)} shows it`,
    );
  }
  const snapshot = await snapshotOf(context, there.ID);
  if (snapshot === undefined) return;
  if (!isTerminal(statusOfService(snapshot))) {
    throw taken(
      `A daemon named ${name} is running already`,
      `Stop it first (duende stop ${name}), or choose another name`,
    );
  }
  await discardService(context, there.ID);
}

async function create(
  context: SwarmContext,
  body: ServiceSpec,
  name: string,
  credentials?: RegistryCredentials,
): Promise<string> {
  for (let round = 0; ; round += 1) {
    try {
      const headers = registryAuth(credentials);
      const { ID } = await context.connection.json<{ ID: string }>('/services/create', {
        method: 'POST',
        json: body,
        headers,
      });
      return ID;
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== 'conflict' || round === 5) throw error;
      await makeRoom(context, name);
    }
  }
}

/** @throws PlatformError SpawnFailed, Config, NotSupported when the engine is no manager */
export async function spawnService(
  context: SwarmContext,
  { spec, settings, input, image }: OrchestratorSpawn,
): Promise<DaemonHandle> {
  const { swarm } = settings;
  if (swarm === undefined) throw new TypeError('spawnService: a spec without platform.container.swarm');
  const node = await readNode(context, operation);
  checkSwarm(spec, settings, { input, api: node.api });
  const isMade = settings.image === undefined;
  const prepared = await image();
  try {
    const reference = isMade ? await imageId(context, prepared.reference) : prepared.reference;
    const body = renderService({
      spec,
      settings: { ...settings, swarm },
      image: { ...prepared, reference },
      key: randomUUID(),
      base: context.base,
      onlyNode: isMade ? node.id : undefined,
      init: node.hasInit,
    });
    const id = await create(context, body, spec.name, settings.credentials);
    return await start(context, id, spec);
  } catch (error) {
    const known = error instanceof EngineError ? engineRefusal(error.message, spec) : undefined;
    throw known ?? swarmError(context, error, operation, `cannot make the service of ${spec.name}`);
  }
}

async function start(
  context: SwarmContext,
  id: string,
  spec: OrchestratorSpawn['spec'],
): Promise<DaemonHandle> {
  try {
    const how = { name: spec.name, timeout: spec.startTimeout, spec, operation: 'spawn' };
    const { service } = await untilServiceStarted(context, id, how);
    return serviceHandle(service, spec.name);
  } catch (error) {
    // What could not be started leaves nothing; why it could not is what is told.
    await discardService(context, id).catch(() => undefined);
    throw error;
  }
}
