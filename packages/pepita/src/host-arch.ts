import { failure } from './fail.ts';

/** What each kind of machine is called by Debian and by QEMU. Only x86 has a microvm machine with ACPI (QEMU 7.2). */
const architectures = { x64: { debian: 'amd64', qemu: 'x86_64' } } as const;

export type HostArch = (typeof architectures)[keyof typeof architectures];

/** @throws PlatformError NotSupported on a machine that guests are not made for. */
export function hostArch(arch: string = process.arch, system: string = process.platform): HostArch {
  const found = system === 'linux' ? architectures[arch as keyof typeof architectures] : undefined;
  if (found) return found;
  throw failure(`MicroVMs run on Linux on x64, and this machine is ${system} on ${arch}`, 'unavailable', {
    code: 'NotSupported',
    hint: 'Use another platform: native or container',
  });
}
