import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { recordOf } from '../adapter/claim.ts';
import type { Context } from '../adapter/context.ts';
import { isVmAlive } from '../adapter/status.ts';
import { vmIdOf } from '../adapter/vm-name.ts';
import { isAbandonedVmId } from '../boot/own-vm-id.ts';
import { isPartial } from '../store.ts';
import type { Check } from './doctor.ts';

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter((name) => !isPartial(name));
  } catch {
    return [];
  }
};

/** VMs whose daemon there is no more, of clients that were killed. Looks only: `pepita list` removes what it can tell is nobody's. */
export function leftovers(context: Context): Check[] {
  const { store, paths } = context;
  const { daemons, hidden } = store.names();
  const known = new Set(
    daemons.flatMap((name) => {
      const { machineId } = recordOf(context, name) ?? {};
      return machineId === undefined ? vmIdOf(name) : [vmIdOf(name), machineId];
    }),
  );
  const swept = [
    ...hidden.filter((name) => !store.isOwned(name)),
    ...daemons.filter((name) => {
      const page = store.page(name);
      return typeof page === 'object' && page.state === 'created' && !store.isOwned(name);
    }),
  ];
  const vms = [
    ...new Set(
      [dirname(paths.vm('x')), join(paths.vmm, 'native'), join(paths.bridges, 'native')].flatMap(namesIn),
    ),
  ];
  swept.push(...vms.filter((vmId) => isAbandonedVmId(vmId) && !known.has(vmId)));
  const orphans = vms.filter((vmId) => vmId.startsWith('duende-vm-') && !known.has(vmId));
  const damaged = daemons.filter((name) => store.page(name) === 'damaged');
  const one = (text: string, fix: string): Check => ({
    ok: true,
    warning: true,
    title: 'Leftovers',
    text,
    fix,
  });
  return [
    ...(swept.length > 0
      ? [one(`of starts that were killed: ${swept.join(', ')}`, 'pepita list removes them')]
      : []),
    ...orphans.map((vmId) =>
      one(
        `a VM whose state is gone: ${vmId}${isVmAlive(context, vmId) ? ', it runs' : ''}`,
        `pepita destroy --name ${vmId} --force`,
      ),
    ),
    ...damaged.map((name) => one(`the state of ${name} is damaged`, `pepita destroy --name ${name} --force`)),
  ];
}
