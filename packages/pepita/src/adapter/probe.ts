import { type Availability, PlatformError } from '@duende/core/contract';
import type { Context } from './context.ts';

/** Whether there is all that a VM needs: its VMM, a kernel, our programs. Boots one guest to see whether KVM works, once. */
export async function probePepita(context: Context): Promise<Availability> {
  try {
    const { engine, kernel, accel, warnings } = await context.machine();
    const version = /\bv(?:ersion )?(\d\S*)/.exec(engine.version)?.[1];
    const title = engine.kind === 'qemu' ? 'QEMU microvm' : engine.title;
    return {
      available: true,
      engine: `${title} (${accel === 'kvm' ? 'KVM' : 'TCG'}), kernel ${kernel.version}`,
      ...(version === undefined ? {} : { version }),
      ...(warnings.length > 0 ? { warnings } : {}),
    };
  } catch (error) {
    if (!PlatformError.isInstance(error)) throw error;
    return { available: false, why: error.message, fix: error.hint ?? 'Use another platform' };
  }
}
