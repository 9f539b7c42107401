import { mkdirSync } from 'node:fs';
import {
  assertEnforceable,
  type DaemonHandle,
  type DaemonSpec,
  type DaemonSpecInput,
} from '@duende/core/contract';
import { containerName, failure } from './daemon.ts';
import { prepareImage } from './prepare-image.ts';
import { readSettings } from './read-settings.ts';
import type { SpawnContext } from './spawn.ts';
import type { SwarmOrchestrator } from './swarm/index.ts';

/** A daemon as a service of a swarm. @throws PlatformError see PlatformAdapter.spawn */
export async function spawnInSwarm(
  context: SpawnContext,
  swarm: SwarmOrchestrator,
  spec: DaemonSpec,
  input: DaemonSpecInput,
): Promise<DaemonHandle> {
  assertEnforceable(spec, context.capabilities, 'container', input);
  const settings = readSettings(spec);
  const there = await context.engine.inspect(containerName(spec.name)).catch(() => undefined);
  if (there !== undefined) {
    throw failure(
      { code: 'SpawnFailed', name: 'spawn' },
      `There is a container ${there.name} already`,
      'already-exists',
      `Remove it first (duende rm ${spec.name}), or choose another name`,
    );
  }
  // That daemons of this state folder are on this engine is seen by it.
  mkdirSync(context.state.base, { recursive: true, mode: 0o700 });
  const image = () => prepareImage(context, spec, settings, context.progress);
  return await swarm.spawn({ spec, settings, input, image });
}
