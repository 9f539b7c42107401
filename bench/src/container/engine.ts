import { prebuiltProbe } from '@duende/conformance';
import { ContainerAdapter } from '@duende/container';
import type { BenchContext } from '../context.ts';

interface StartedEngine {
  readonly address: string;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** What a measurement works with. */
export interface Side {
  readonly adapter: ContainerAdapter;
  readonly address: string;
  /** Of the docker command. */
  readonly env: NodeJS.ProcessEnv;
  /** A static program that sleeps: `PROBE park`. */
  readonly program: string;
  /** A new folder. */
  folder(name: string): string;
}

/** A dockerd of this run's own, as for the tests. */
export async function startDocker(context: BenchContext): Promise<Side> {
  const url = new URL('../../../scripts/engines/engine.mjs', import.meta.url).href;
  const { startEngine } = (await import(url)) as { startEngine(name: string): Promise<StartedEngine> };
  const engine = await startEngine('docker');
  context.onEnd(() => engine.stop());
  const program = prebuiltProbe();
  if (program === undefined) throw new Error('there is no prebuilt probe for this machine');
  const stateDirectory = context.makeFolder('state');
  const adapter = new ContainerAdapter({ runtime: 'docker', host: engine.address, stateDirectory });
  context.onEnd(() => adapter.close());
  return {
    adapter,
    address: engine.address,
    env: { ...process.env, ...engine.env },
    program,
    folder: (name) => context.makeFolder(name),
  };
}
