import type { Command } from '../command.ts';
import { adapterForSpawn } from '../daemon.ts';
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
  ],
  async run(context) {
    const adapter = await adapterForSpawn(context);
    const spec = await readSpec(context, adapter.platform);
    const handle = await withProgress(context.out, `starting ${spec.name}`, adapter.spawn(spec));
    if (context.json) context.out.json(handle);
    else context.out.print(`${handle.name} is running on ${handle.platform} (${describeHandle(handle)})`);
    return undefined;
  },
};
