import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PepitaPaths } from '../paths.ts';
import { vmFiles } from '../qemu/vm-config.ts';
import { exists } from '../store.ts';
import type { VmControl } from '../vmm-rest/any-vmm.ts';
import { isAbandonedVmId } from './own-vm-id.ts';

/** Removes the VMs that processes had for themselves which died meanwhile: half-made templates, probes, spares that were not taken. */
export async function sweepOwnVms(vmm: Pick<VmControl, 'remove'>, paths: PepitaPaths): Promise<void> {
  const names = await readdir(dirname(paths.vm('x'))).catch(() => []);
  for (const name of names.filter(isAbandonedVmId)) {
    if (await exists(join(paths.vm(name), vmFiles.taken))) continue;
    await vmm.remove(name).catch(() => undefined);
  }
}
