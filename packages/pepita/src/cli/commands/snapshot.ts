import { resolve } from 'node:path';
import { Context } from '../../adapter/context.ts';
import { writeSnapshot } from '../../snapshot/write-snapshot.ts';
import type { Command } from '../command.ts';
import { findVm } from '../find-vm.ts';
import { nameOption } from '../option.ts';
import { withProgress } from '../progress.ts';

export const command: Command = {
  name: 'snapshot',
  summary: 'Write a VM to files, to be brought back by run --snapshot',
  positionals: ['name', 'output'],
  needs: ['name', 'output'],
  options: [
    nameOption,
    { name: 'output', short: 'o', value: 'DIR', kind: 'path', help: 'A folder that is not there yet' },
  ],
  details: [
    'Memory, root and log, and with them every secret of the program: the folder is 0700. A VM that runs stands still meanwhile, ' +
      'a paused one stays paused. pepita run --snapshot DIR brings it back under its own name, on this machine, with the same QEMU ' +
      'and kernel, when the VM itself has gone. VMs of Firecracker and cloud-hypervisor cannot be written.',
  ],
  examples: ['pepita snapshot --name web --output /backup/web'],
  async run(context) {
    const { args, cwd, out, json, stateDirectory } = context;
    const handle = await findVm(context);
    const folder = resolve(cwd, args.text('output') ?? '');
    const own = new Context({ stateDirectory });
    try {
      await withProgress(out, `writing ${handle.name}`, () => writeSnapshot(own, handle, folder));
    } finally {
      await own.close();
    }
    if (json) out.json({ name: handle.name, folder });
    else out.print(`${handle.name}: written to ${folder}`);
    return undefined;
  },
};
