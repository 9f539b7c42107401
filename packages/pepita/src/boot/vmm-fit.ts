import { open } from 'node:fs/promises';
import { configError, type PlatformError } from '@duende/core/contract';
import { failure } from '../fail.ts';
import { isElf } from '../kernel/bzimage.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type VmmKind, vmmTitles } from '../vmm-rest/vmm-kind.ts';

const refuse = (field: string, message: string, hint?: string): PlatformError =>
  configError(`${field}: ${message}`, { platform: 'pepita', operation: 'spawn', field, hint });

/** What needs KVM is refused where that does not work: nothing slower takes its place unasked. */
export const withoutKvm = (title: string, why: string): PlatformError =>
  failure(`${title} needs KVM, which does not work here: ${why}`, 'unavailable', {
    hint: 'Use QEMU, which does without: leave platform.pepita.vmm (--vmm) out',
  });

/** @throws PlatformError Config for TCG, which only QEMU has */
export function requireAccel(kind: VmmKind, accel: 'kvm' | 'tcg' | undefined): void {
  if (kind === 'qemu' || accel !== 'tcg') return;
  throw refuse('platform.pepita.vmm', `${vmmTitles[kind]} has KVM only, and TCG was asked for`);
}

/** Bytes of a file that tell what it is. */
const headSize = 4096;

/** @throws PlatformError Config for a bzImage, which Firecracker does not load (docs/getting-started.md: "an uncompressed ELF") */
export async function requireLoadable(kind: VmmKind, kernel: Kernel): Promise<void> {
  if (kind !== 'firecracker') return;
  const file = await open(kernel.file);
  try {
    const head = Buffer.alloc(headSize);
    await file.read(head, 0, headSize, 0);
    if (isElf(head)) return;
  } finally {
    await file.close();
  }
  const hint = 'Give the vmlinux that it is made of, or use QEMU';
  throw refuse(
    'platform.pepita.kernel',
    `Firecracker loads a vmlinux only, and ${kernel.file} is a bzImage`,
    hint,
  );
}
