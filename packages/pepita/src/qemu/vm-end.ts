import type { DaemonExit } from '@duende/core/contract';
import type { QmpEvent } from './qmp-client.ts';

/** Why a VM is no more. */
export type VmEnd =
  /** The guest has switched itself off. */
  | 'poweroff'
  /** The guest wanted to start again, which it may not. */
  | 'reboot'
  /** The guest's kernel has given up. */
  | 'panic'
  /** QEMU was told to quit, by QMP or by SIGTERM, SIGINT, SIGHUP. */
  | 'quit'
  /** QEMU was killed by a signal that it cannot handle (SIGKILL), also by the host for want of memory. */
  | 'killed'
  /** QEMU has failed: a fault, an assertion, arguments that it refuses. */
  | 'crash';

/** Signals by which a program of the host ends itself or is ended for its faults. */
const faults = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGSYS', 'SIGTRAP']);

/** Line of the guest's console, also when the guest could not tell QEMU: it has not loaded pvpanic yet. */
const panicLine = /Kernel panic - not syncing/;

/**
 * Pure: why it ended, from what QEMU has written down, how it ended, and the last of the guest's console.
 * Events are those of `events.out`: QEMU writes them whether or not somebody listens.
 */
export function endOfVm(events: readonly QmpEvent[], exit: DaemonExit | undefined, console: string): VmEnd {
  if (events.some(({ event }) => event === 'GUEST_PANICKED' || event === 'GUEST_CRASHLOADED')) return 'panic';
  const reason = events.findLast(({ event }) => event === 'SHUTDOWN')?.data.reason;
  if (reason === 'guest-panic') return 'panic';
  if (reason === 'guest-shutdown') return 'poweroff';
  // panic=-1 makes a reset of a panic.
  if (reason === 'guest-reset') return panicLine.test(console) ? 'panic' : 'reboot';
  if (exit && 'signal' in exit) return faults.has(exit.signal) ? 'crash' : 'killed';
  if (reason !== undefined) return 'quit';
  return 'crash';
}
