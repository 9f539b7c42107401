import { fileURLToPath } from 'node:url';
import type { Capabilities, PlatformAdapter } from '@duende/core';
import type { AdapterHarness, ProbeProvider } from '../../src/harness.ts';
import { hostProbe } from '../../src/probe/provider.ts';
import { ReferenceAdapter } from './adapter.ts';
import { serveWorld } from './server.ts';
import { probePath, World } from './world.ts';

export interface ReferenceOptions {
  readonly name?: string;
  readonly capabilities?: Capabilities;
  readonly createWorld?: () => World;
  readonly createAdapter?: (world: World, capabilities?: Capabilities) => PlatformAdapter;
  /** A process that had a client has gone. */
  readonly onClientGone?: (world: World, adapter: PlatformAdapter) => void;
}

function referenceProbe(): ProbeProvider {
  return {
    ...hostProbe(),
    title: 'simulated',
    program: async (args) => ({ program: probePath, args: [...args] }),
  };
}

/** The reference adapter, or a broken one made from its parts. */
export async function createReferenceHarness(options: ReferenceOptions = {}): Promise<AdapterHarness> {
  const { capabilities, createWorld = () => new World(), onClientGone } = options;
  const make = options.createAdapter ?? ((of, can) => new ReferenceAdapter(of, can));
  const world = createWorld();
  const server = await serveWorld(
    () => make(world, capabilities),
    (adapter) => onClientGone?.(world, adapter),
  );
  return {
    name: options.name ?? 'reference',
    create: async () => make(world, capabilities),
    environment: { DUENDE_REFERENCE_SOCKET: server.path },
    clientModule: `${fileURLToPath(new URL('./client.ts', import.meta.url))}#createAdapter`,
    killManager: async (handle) => world.lookup(handle)?.managerKilled(),
    leftovers: async (name) => world.leftovers(name),
    isAlive: async (_handle, pid) => world.processes.get(pid)?.alive === true,
    probe: referenceProbe(),
    cleanup: () => server.close(),
  };
}

export default () => createReferenceHarness();
