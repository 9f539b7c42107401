import { sha256 } from '../hash.ts';
import type { VmRecord } from './vm-record.ts';

/** Characters of a VM's id: it is the name of a daemon of the native adapter. */
const longest = 63;
const prefix = 'duende-vm-';

/** Pure: by what its VMM, its bridge and its folder are known. */
export const machineIdOf = ({ vmId, machineId = vmId }: Pick<VmRecord, 'vmId' | 'machineId'>): string =>
  machineId;

/** Pure: the id of the VM of a daemon, `duende-vm-NAME`; long names are cut, with a digest of the whole. */
export function vmIdOf(name: string): string {
  const id = prefix + name;
  if (id.length <= longest) return id;
  const digest = sha256(name).slice(0, 12);
  return `${id.slice(0, longest - digest.length - 1)}.${digest}`;
}
