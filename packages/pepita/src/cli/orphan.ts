import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Context } from '../adapter/context.ts';
import { endVm } from '../adapter/start-vm.ts';

/** Ends a VM whose daemon's state is gone, and removes what there is of it. @returns false when there is nothing of that id */
export async function removeOrphan(stateDirectory: string, vmId: string): Promise<boolean> {
  if (!/^duende-vm-[A-Za-z0-9_.-]+$/.test(vmId)) return false;
  const context = new Context({ stateDirectory });
  const { paths } = context;
  const places = [paths.vm(vmId), join(paths.vmm, 'native', vmId), join(paths.bridges, 'native', vmId)];
  try {
    if (!places.some((place) => existsSync(place))) return false;
    await endVm(context, vmId);
    return true;
  } finally {
    await context.close();
  }
}
