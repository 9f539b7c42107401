import { statSync } from 'node:fs';
import { configError, detectPlatform, type PlatformError } from '@duende/core/contract';
import { failure } from './daemon.ts';
import { type ApiAddress, dockerAddresses, parseAddress, podmanAddresses } from './docker/address.ts';
import { connectionError } from './docker/errors.ts';
import type { Engine, Runtime } from './engine/engine.ts';
import { runtimes } from './engine/engine.ts';
import { EngineError } from './engine/engine-error.ts';

/** Which engine, and where. */
export interface EngineChoice {
  readonly runtime?: Runtime | undefined;
  /** `unix:///var/run/docker.sock`. */
  readonly host?: string | undefined;
}

const containerdSocket = 'unix:///run/containerd/containerd.sock';

/** @throws PlatformError Config for an engine that there is not */
export function checkRuntime(runtime: unknown): asserts runtime is Runtime | undefined {
  if (runtime === undefined || runtimes.includes(runtime as Runtime)) return;
  throw configError(`runtime: expected ${runtimes.join(', ')}, got ${JSON.stringify(runtime)}`, {
    field: 'runtime',
    platform: 'container',
    operation: 'probe',
  });
}

/** Asked before anything is loaded that could connect to it. @throws EngineError */
function requireSocket(path: string, text: string): void {
  try {
    statSync(path);
  } catch (cause) {
    throw connectionError(cause, text);
  }
}

/** `unix:///path`, or the bare path that $CONTAINERD_ADDRESS has. */
function containerdAddress(host: string): string {
  const text = host.startsWith('/') ? `unix://${host}` : host;
  const address = parseAddress(text);
  if (address.kind !== 'unix') {
    throw configError(`host: containerd is reached by a socket of this machine only, not by ${text}`, {
      field: 'host',
      platform: 'container',
      operation: 'probe',
      hint: 'As in unix:///run/containerd/containerd.sock',
    });
  }
  requireSocket(address.path, text);
  return text;
}

async function openContainerd(host: string): Promise<Engine> {
  const { ContainerdEngine } = await import('./containerd/index.ts');
  return new ContainerdEngine({ address: host });
}

/** Asks who answers there: Podman is found behind Docker's socket, too. @throws EngineError */
async function openHttp(runtime: 'docker' | 'podman', address: ApiAddress, named: boolean): Promise<Engine> {
  if (address.kind === 'unix') requireSocket(address.path, address.text);
  const { HttpEngine } = await import('./docker/engine.ts');
  const engine = new HttpEngine(runtime, address);
  try {
    const { podman } = await engine.connection.hello();
    const is = podman === undefined ? 'docker' : 'podman';
    if (is === runtime) return engine;
    if (named) {
      const title = is === 'docker' ? 'Docker' : 'Podman';
      throw new EngineError('invalid', `${address.text} is ${title}, not ${runtime}`);
    }
  } catch (error) {
    engine.close();
    throw error;
  }
  engine.close();
  return new HttpEngine('podman', address);
}

/** All places of a runtime, the likeliest first. */
async function tryRuntime(runtime: Runtime, host: string | undefined, named: boolean): Promise<Engine> {
  if (runtime === 'containerd') {
    const engine = await openContainerd(
      containerdAddress(host ?? (process.env.CONTAINERD_ADDRESS || containerdSocket)),
    );
    try {
      await engine.info();
      return engine;
    } catch (error) {
      engine.close();
      throw error;
    }
  }
  const addresses =
    host !== undefined ? [parseAddress(host)] : runtime === 'docker' ? dockerAddresses() : podmanAddresses();
  const errors: unknown[] = [];
  for (const address of addresses) {
    try {
      return await openHttp(runtime, address, named);
    } catch (error) {
      errors.push(error);
    }
  }
  // A socket that is there and says no tells more than one that is missing.
  throw errors.find((error) => error instanceof EngineError && error.kind !== 'unreachable') ?? errors[0];
}

/**
 * The engine that was asked for; without a word Docker, else Podman, else containerd, by asking each.
 * @throws EngineError with what each of them said, PlatformError Config for a host that is none
 */
export async function selectEngine({ runtime, host }: EngineChoice): Promise<Engine> {
  if (runtime !== undefined) return await tryRuntime(runtime, host, true);
  if (host !== undefined) return await tryRuntime('docker', host, false);
  const said: EngineError[] = [];
  for (const candidate of runtimes) {
    try {
      return await tryRuntime(candidate, undefined, false);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      said.push(error);
    }
  }
  const denied = said.find(({ kind }) => kind === 'denied');
  const kind = denied?.kind ?? said[0]?.kind ?? 'unreachable';
  throw new EngineError(kind, said.map(({ message }) => message).join('; '));
}

const groups = { docker: 'docker', podman: 'podman', containerd: undefined } as const;

/** What to do about an engine that cannot be used, in one sentence. */
export function fixFor(error: EngineError, { runtime, host }: EngineChoice = {}): string {
  if (error.kind === 'denied') {
    const group = groups[runtime ?? 'docker'];
    return group === 'docker'
      ? 'Run as root, or join the group that may use the socket (usermod -aG docker NAME, then log in again)'
      : 'Run as root, or use an engine of your own (rootless)';
  }
  if (error.kind === 'invalid') return 'Name the engine that is there: runtime docker, podman or containerd';
  if (error.kind === 'engine') return 'Use a newer engine, or another one';
  if (host !== undefined) return 'Check the address, and whether the engine runs';
  if (detectPlatform() === 'container') {
    return "Mount the engine's socket and the state folder into this container under the same paths: -v /var/run/docker.sock:/var/run/docker.sock -v $DUENDE_STATE_DIR:$DUENDE_STATE_DIR";
  }
  return 'Install and start Docker, Podman (podman system service) or containerd, or set DOCKER_HOST to where it is';
}

export function unavailable(error: unknown, operation: string, choice: EngineChoice = {}): PlatformError {
  if (!(error instanceof EngineError)) return error as PlatformError;
  return failure(
    { code: 'NotSupported', name: operation },
    `No container engine can be used here: ${error.message}`,
    error.kind === 'denied' ? 'permission-denied' : 'unavailable',
    fixFor(error, choice),
    error,
  );
}
