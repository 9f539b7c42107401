import { type PlatformAdapter, PlatformError, platformTitles } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { adapterForSpawn, checkName } from '../daemon.ts';
import { namePositional, placeOptions } from '../option.ts';
import { withProgress } from '../progress.ts';

/** For a platform whose adapter has no such method. */
export function cannotInstall(adapter: PlatformAdapter, operation: 'install' | 'uninstall'): PlatformError {
  const { install } = adapter.capabilities;
  const why = install.supported ? `its adapter has no ${operation}` : install.why;
  return new PlatformError(
    'NotSupported',
    `${platformTitles[adapter.platform]} cannot ${operation}: ${why}`,
    {
      reason: 'unavailable',
      platform: adapter.platform,
      operation,
      hint: (install.supported ? undefined : install.fix) ?? 'Use duende spawn, or another --platform',
    },
  );
}

export const command: Command = {
  name: 'uninstall',
  summary: 'Undo an install',
  positionals: [namePositional],
  options: placeOptions,
  details: ['Without --platform on $DUENDE_PLATFORM, else on the detected platform, as install.'],
  examples: ['duende uninstall web', 'duende uninstall web --platform linux'],
  async run(context) {
    const name = context.args.positional('NAME');
    checkName(name);
    const adapter = await adapterForSpawn(context);
    if (!adapter.uninstall) throw cannotInstall(adapter, 'uninstall');
    await withProgress(context.out, `uninstalling ${name}`, adapter.uninstall(name));
    if (context.json) context.out.json({ name, platform: adapter.platform, uninstalled: true });
    else context.out.print(`${name} uninstalled from ${adapter.platform}`);
    return undefined;
  },
};
