import { type Availability, PlatformError } from '@duende/core/contract';
import type { Context } from './context.ts';

/** Whether there is all that a VM needs: QEMU, a kernel, our programs. Boots one guest to see whether KVM works, once. */
export async function probePepita(context: Context): Promise<Availability> {
  try {
    const { qemu, kernel, accel, warnings } = await context.machine();
    const version = /version (\S+)/.exec(qemu.version)?.[1];
    return {
      available: true,
      engine: `QEMU microvm (${accel === 'kvm' ? 'KVM' : 'TCG'}), kernel ${kernel.version}`,
      ...(version === undefined ? {} : { version }),
      ...(warnings.length > 0 ? { warnings } : {}),
    };
  } catch (error) {
    if (!PlatformError.isInstance(error)) throw error;
    return { available: false, why: error.message, fix: error.hint ?? 'Use another platform' };
  }
}
