import type { Command } from '../command.ts';
import { findDaemon } from '../daemon.ts';
import { namePositional, placeOptions } from '../option.ts';
import { withProgress } from '../progress.ts';

export const command: Command = {
  name: 'rm',
  summary: 'Forget a stopped daemon and its log',
  positionals: [namePositional],
  options: [{ name: 'force', short: 'f', help: 'Stop it first when it runs' }, ...placeOptions],
  examples: ['duende rm web', 'duende rm web --force'],
  async run(context) {
    const { adapter, handle } = await findDaemon(context);
    const removing = adapter.remove(handle, { force: context.args.has('force') });
    await withProgress(context.out, `removing ${handle.name}`, removing);
    if (context.json) context.out.json({ handle, removed: true });
    else context.out.print(`${handle.name} removed`);
    return undefined;
  },
};
