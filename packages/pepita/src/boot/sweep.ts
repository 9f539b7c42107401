import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PepitaPaths } from '../paths.ts';
import type { Vmm } from '../qemu/vmm.ts';
import { isAbandonedVmId } from './own-vm-id.ts';

/** Removes the VMs that processes had for themselves which died meanwhile: half-made templates, probes. */
export async function sweepOwnVms(vmm: Vmm, paths: PepitaPaths): Promise<void> {
  const names = await readdir(dirname(paths.vm('x'))).catch(() => []);
  for (const name of names.filter(isAbandonedVmId)) await vmm.remove(name).catch(() => undefined);
}
