import {
  type DaemonHandle,
  type DaemonSpecInput,
  type PlatformAdapter,
  PlatformError,
} from '@duende/core/contract';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { adapterForSpawn, assertAvailable, chosenPlatform } from '../daemon.ts';
import { describeHandle } from '../describe.ts';
import { withProgress } from '../progress.ts';
import { spawnDetails, spawnOptions } from '../spawn-options.ts';
import { readSpec } from '../spawn-spec.ts';

export const command: Command = {
  name: 'spawn',
  summary: 'Start a daemon',
  positionals: [],
  program: true,
  options: spawnOptions,
  details: spawnDetails,
  examples: [
    'duende spawn --name web --restart on-failure --memory 64M -- node server.js',
    'duende spawn --module ./daemon.ts --config \'{"port":8080}\'',
    'duende spawn --spec web.json --platform native --json',
    'duende spawn --name web --image nginx --publish 8080:80 -- nginx -g "daemon off;"',
  ],
  async run(context) {
    const adapter = await adapterForSpawn(context);
    const spec = await readSpec(context, adapter.platform);
    const handle = await withProgress(context.out, `starting ${spec.name}`, (say) => {
      context.adapters.say = say;
      return spawnOn(adapter, spec, context);
    });
    if (context.json) context.out.json(handle);
    else context.out.print(`${handle.name} is running on ${handle.platform} (${describeHandle(handle)})`);
    return undefined;
  },
};

async function spawnOn(
  adapter: PlatformAdapter,
  spec: DaemonSpecInput,
  context: Context,
): Promise<DaemonHandle> {
  try {
    return await adapter.spawn(spec);
  } catch (error) {
    // An engine that is not there, as every other command says it.
    if (PlatformError.isInstance(error) && error.code === 'NotSupported') {
      // Whoever did not choose may not want this one at all.
      const orElse = chosenPlatform(context) ? '' : '. Or run a plain process with --platform native';
      await assertAvailable(adapter, orElse);
    }
    throw error;
  }
}
