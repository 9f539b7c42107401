import { isTerminal, PlatformError } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { findVm } from '../find-vm.ts';
import { nameOption } from '../option.ts';
import { removeOrphan } from '../orphan.ts';
import { withProgress } from '../progress.ts';

export const command: Command = {
  name: 'destroy',
  summary: 'Remove a VM, its log and its files',
  positionals: ['name'],
  needs: ['name'],
  options: [nameOption, { name: 'force', short: 'f', help: 'Also one that runs: its process is killed' }],
  details: ['Without --force it must have ended. pepita signal --signal TERM asks its program to end.'],
  examples: ['pepita destroy --name web', 'pepita destroy --name web --force'],
  async run(context) {
    const { adapter, args, out, json } = context;
    const force = args.has('force');
    const handle = await findVm(context).catch(async (error: unknown) => {
      // Of a VM whose state is gone only the VM is left.
      const vmId = args.text('name') ?? '';
      if (force && (await removeOrphan(context.stateDirectory, vmId))) return undefined;
      throw error;
    });
    const name = handle?.name ?? args.text('name') ?? '';
    // One whose state is damaged has no handle of worth, and nobody knows whether it runs.
    if (handle && !force && (handle.id === '' || !isTerminal(await adapter.status(handle)))) {
      const why = handle.id === '' ? 'its state is damaged, it may still run' : 'it is running';
      throw new PlatformError('StatusFailed', `Cannot destroy ${name}: ${why}`, {
        reason: 'engine-error',
        platform: 'pepita',
        operation: 'remove',
        hint: `Ask it to end (pepita signal --name ${name} --signal TERM), or kill it with --force`,
      });
    }
    if (handle) await withProgress(out, `destroying ${name}`, () => adapter.remove(handle, { force }));
    if (json) out.json({ name, destroyed: true });
    else out.print(`${name}: destroyed`);
    return undefined;
  },
};
