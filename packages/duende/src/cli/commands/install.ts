import type { Command } from '../command.ts';
import { adapterForSpawn } from '../daemon.ts';
import { describeHandle } from '../describe.ts';
import { withProgress } from '../progress.ts';
import { spawnDetails, spawnOptions } from '../spawn-options.ts';
import { readSpec } from '../spawn-spec.ts';
import { cannotInstall } from './uninstall.ts';

export const command: Command = {
  name: 'install',
  summary: 'Start a daemon that comes back after a reboot',
  positionals: [],
  program: true,
  options: spawnOptions,
  details: ['Takes what duende spawn takes.', ...spawnDetails],
  examples: ['duende install --name web --restart always -- node server.js'],
  async run(context) {
    const adapter = await adapterForSpawn(context);
    if (!adapter.install) throw cannotInstall(adapter, 'install');
    const spec = await readSpec(context, adapter.platform);
    const handle = await withProgress(context.out, `installing ${spec.name}`, adapter.install(spec));
    if (context.json) context.out.json(handle);
    else context.out.print(`${handle.name} is installed on ${handle.platform} (${describeHandle(handle)})`);
    return undefined;
  },
};
