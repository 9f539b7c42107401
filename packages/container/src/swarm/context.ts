import { type DaemonHandle, type PlatformError, parseHandle } from '@duende/core/contract';
import { failure, type Operation, translate } from '../daemon.ts';
import type { Connection } from '../docker/connection.ts';
import type { HttpEngine } from '../docker/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { Service } from './api.ts';
import { handleId } from './note.ts';

/** What every operation on a swarm works with. */
export interface SwarmContext {
  /** A manager of the swarm. */
  readonly engine: HttpEngine;
  readonly connection: Connection;
  /** The label value that says whose a service is. */
  readonly base: string;
}

export const serviceName = (name: string): string => `duende-${name}`;

export function serviceHandle(service: Service, name: string): DaemonHandle {
  const data = { kind: 'container', runtime: 'swarm', containerId: service.ID } as const;
  return { version: 1, name, platform: 'container', id: handleId(service), data };
}

/** @throws PlatformError Config for a handle that is none of a swarm */
export function serviceIdOf(handle: DaemonHandle, { name: operation }: Operation): string {
  parseHandle(handle);
  const { data, name } = handle;
  if (data.kind === 'container' && data.runtime === 'swarm') return data.containerId;
  throw failure(
    { code: 'Config', name: operation },
    `${name} is not a service of a swarm`,
    'invalid-setting',
  );
}

export const isNoManager = (error: unknown): boolean =>
  error instanceof EngineError && /not a swarm manager|not part of a swarm/i.test(error.message);

export function noManager(message: string, { name }: Operation, cause?: unknown): PlatformError {
  return failure(
    { code: 'NotSupported', name },
    `This engine is no manager of a swarm: ${message}`,
    'unavailable',
    'Make one (docker swarm init), or set DOCKER_HOST to a manager of yours',
    cause,
  );
}

/** An error of the engine as that of an operation; others as they are. */
export function swarmError(
  { engine }: SwarmContext,
  error: unknown,
  operation: Operation,
  what: string,
): unknown {
  if (isNoManager(error)) return noManager((error as EngineError).message, operation, error);
  return translate({ engine }, error, operation, what);
}

export const gone = (operation: Operation, name: string, why: string): PlatformError =>
  failure(
    operation,
    `No service ${name} with this handle: ${why}`,
    'not-found',
    'duende ps lists the daemons that there are',
  );
