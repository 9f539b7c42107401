import { open, stat } from 'node:fs/promises';
import { codeOf, failure, messageOf } from '../fail.ts';

/** The device that Firecracker and cloud-hypervisor cannot do without. */
export const kvmDevice = '/dev/kvm';

const hints = {
  missing:
    'Load the module (modprobe kvm_intel or kvm_amd), turn virtualization on in the firmware or in the host of this VM; or use QEMU, which does without',
  denied: 'Become a member of the group kvm, or run as root; or use QEMU, which does without',
} as const;

/** Why a device cannot be used, and what to do about it. */
async function look(device: string): Promise<{ readonly why: string; readonly hint: string } | undefined> {
  try {
    if (!(await stat(device)).isCharacterDevice())
      return { why: `${device} is no device`, hint: hints.missing };
    // To open it says more than its mode: without the module the name may be there all the same.
    await (await open(device, 'r+')).close();
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return { why: `there is no ${device}`, hint: hints.missing };
    if (code === 'EACCES' || code === 'EPERM')
      return { why: `${device} is not for this user`, hint: hints.denied };
    return { why: `${device} cannot be opened: ${messageOf(error)}`, hint: hints.missing };
  }
}

/**
 * That it can be opened does not prove that guests run with it; that it cannot is final.
 * @throws PlatformError SpawnFailed `unavailable`, with the reason
 */
export async function requireKvm(title: string, device: string): Promise<void> {
  const found = await look(device);
  if (found) throw failure(`${title} needs KVM, and ${found.why}`, 'unavailable', { hint: found.hint });
}
