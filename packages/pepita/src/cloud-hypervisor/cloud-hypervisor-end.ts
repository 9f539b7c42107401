import type { DaemonExit } from '@duende/core/contract';
import type { VmEnd } from '../qemu/vm-end.ts';
import { faults, panicLine } from '../vmm-rest/engine.ts';
import type { MonitorEvent } from './events.ts';

/**
 * Pure: why a VM of cloud-hypervisor ended. It exits with 0 when the guest switches itself off; a guest that wants to start again or
 * panics is killed by us, since it would boot once more, and its events say which. SIGTERM from elsewhere looks like a power-off.
 */
export function endOfCloudHypervisor(
  events: readonly MonitorEvent[],
  exit: DaemonExit | undefined,
  console: string,
): VmEnd {
  const happened = (source: string, name: string): boolean =>
    events.some((one) => one.source === source && one.event === name);
  if (happened('guest', 'panic')) return 'panic';
  if (happened('vm', 'rebooting')) return panicLine.test(console) ? 'panic' : 'reboot';
  if (exit === undefined) return 'crash';
  if ('signal' in exit) return faults.has(exit.signal) ? 'crash' : 'killed';
  return exit.code === 0 ? 'poweroff' : 'crash';
}
