import {
  type DaemonHandle,
  PlatformError,
  type PlatformErrorCode,
  type PlatformErrorReason,
  parseHandle,
} from '@duende/core/contract';
import type { StatePage } from '@duende/program';
import type { ContainerState, Engine } from './engine/engine.ts';
import { EngineError, type EngineErrorKind } from './engine/engine-error.ts';
import { labelNames } from './labels.ts';
import type { StateFolder } from './state-folder.ts';

/** What every operation works with. */
export interface Context {
  readonly engine: Engine;
  readonly state: StateFolder;
}

export interface Operation {
  readonly code: PlatformErrorCode;
  readonly name: string;
}

export function failure(
  { code, name }: Operation,
  message: string,
  reason: PlatformErrorReason,
  hint?: string,
  cause?: unknown,
): PlatformError {
  return new PlatformError(code, message, { reason, platform: 'container', operation: name, hint, cause });
}

const reasons: Readonly<Record<EngineErrorKind, PlatformErrorReason>> = {
  unreachable: 'unavailable',
  denied: 'permission-denied',
  'not-found': 'not-found',
  conflict: 'already-exists',
  'no-image': 'not-found',
  'not-running': 'not-running',
  invalid: 'invalid-setting',
  full: 'engine-error',
  timeout: 'timeout',
  engine: 'engine-error',
};

const hints: Partial<Record<EngineErrorKind, string>> = {
  unreachable: 'Start the engine, or set DOCKER_HOST to where it is; duende doctor looks for it',
  denied:
    'Run as root, or join the group that may use the socket (usermod -aG docker NAME, then log in again)',
  full: "Free some disk space on the engine's machine (docker system df shows what takes it)",
};

const titles = { docker: 'Docker', podman: 'Podman', containerd: 'containerd' } as const;

/** An error of an engine as that of an operation; others as they are. */
export function translate(
  { engine }: Pick<Context, 'engine'>,
  error: unknown,
  operation: Operation,
  what: string,
): unknown {
  if (!(error instanceof EngineError)) return error;
  const message = `${titles[engine.runtime]} ${what}: ${error.message}`;
  return failure(operation, message, reasons[error.kind], hints[error.kind], error);
}

/** A daemon that is there: its container, and what our init has written of it. */
export interface Found {
  readonly container: ContainerState;
  readonly page: StatePage;
  /** Of its folder; the same for as long as the container is there. */
  readonly key: string;
}

export const containerName = (name: string): string => `duende-${name}`;

export function handleOf({ engine }: Context, { container, page }: Found): DaemonHandle {
  const data = { kind: 'container', runtime: engine.runtime, containerId: container.id } as const;
  return { version: 1, name: page.name, platform: 'container', id: page.id, data };
}

const gone = (operation: Operation, name: string, why: string): PlatformError =>
  failure(
    operation,
    `No daemon ${name} with this handle: ${why}`,
    'not-found',
    'duende ps lists the daemons that there are',
  );

/** The id of the container that a handle means. @throws PlatformError Config for no handle of ours */
export function containerIdOf(
  { engine }: Pick<Context, 'engine'>,
  handle: DaemonHandle,
  operation: Operation,
): string {
  // It may come from anywhere: what is in it becomes a path here.
  parseHandle(handle);
  const { data, name } = handle;
  if (data.kind !== 'container' || data.runtime !== engine.runtime) {
    const theirs = data.kind === 'container' ? titles[data.runtime as 'docker'] : 'another platform';
    throw failure(
      { ...operation, code: 'Config' },
      `${name} belongs to ${theirs ?? data.kind}, not to ${titles[engine.runtime]}`,
      'invalid-setting',
    );
  }
  return data.containerId;
}

/**
 * The daemon that a handle means.
 * @throws PlatformError not-found when it was removed or replaced, engine-error when its state is damaged, unavailable ...
 */
export async function requireDaemon(
  context: Context,
  handle: DaemonHandle,
  operation: Operation,
): Promise<Found> {
  const { engine, state } = context;
  const id = containerIdOf(context, handle, operation);
  const container = await inspect(context, id, operation);
  if (container === undefined) throw gone(operation, handle.name, 'it was removed');
  const key = container.labels[labelNames.key];
  if (key === undefined || container.labels[labelNames.state] !== state.base) {
    throw gone(
      operation,
      handle.name,
      `${titles[engine.runtime]} container ${id.slice(0, 12)} was not made from here`,
    );
  }
  const page = state.page(key);
  if (page === 'missing' || page === 'damaged') {
    throw failure(
      operation,
      `The state of ${handle.name} is ${page}: ${state.folder(key)}`,
      'engine-error',
      `Remove it with: duende rm ${handle.name}`,
    );
  }
  if (page.id !== handle.id) throw gone(operation, handle.name, 'a later one has its name');
  return { container, page, key };
}

export async function inspect(
  context: Pick<Context, 'engine'>,
  id: string,
  operation: Operation,
): Promise<ContainerState | undefined> {
  try {
    return await context.engine.inspect(id);
  } catch (error) {
    throw translate(context, error, operation, 'cannot be asked');
  }
}
