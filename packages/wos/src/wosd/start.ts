import { existsSync } from 'node:fs';
import type { Started } from './connect-or-launch.ts';
import { launch } from './launch.ts';
import { WosPaths } from './paths.ts';

export type { Started } from './connect-or-launch.ts';

/**
 * Connects to the kernel of a state folder, which is started when there is none.
 * @throws PlatformError as `WosClient.connect()`, and what keeps it from booting
 */
export async function startKernel(stateDirectory: string): Promise<Started> {
  const paths = new WosPaths(stateDirectory);
  // Most of what talks to it is loaded while it boots.
  const launched = existsSync(paths.socket) ? undefined : launch(stateDirectory, paths);
  launched?.catch(() => undefined);
  const { connectOrLaunch } = await import('./connect-or-launch.ts');
  return await connectOrLaunch(stateDirectory, paths, launched);
}
