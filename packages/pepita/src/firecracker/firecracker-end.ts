import type { DaemonExit } from '@duende/core/contract';
import type { VmEnd } from '../qemu/vm-end.ts';
import { faults, panicLine } from '../vmm-rest/engine.ts';

/**
 * Pure: why a VM of Firecracker ended. It exits with 0 when the guest restarts, which is how a guest ends there, also one whose kernel
 * panics; with 148 to 157 for faults and signals of its own (src/vmm/src/lib.rs, `FcExitCode`), and 1 or 2 for errors.
 */
export function endOfFirecracker(exit: DaemonExit | undefined, console: string): VmEnd {
  if (exit === undefined) return 'crash';
  if ('signal' in exit) return faults.has(exit.signal) ? 'crash' : 'killed';
  if (exit.code !== 0) return 'crash';
  return panicLine.test(console) ? 'panic' : 'poweroff';
}
