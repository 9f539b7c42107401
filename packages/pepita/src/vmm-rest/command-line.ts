import type { VmConfig } from '../qemu/vm-config.ts';
import { agentVsockPort } from './vsock-channel.ts';

/** Words that every guest is started with; panic=-1 restarts at once, which is how the VMM learns of it. */
const common = [
  'console=ttyS0',
  '8250.nr_uarts=1',
  'loglevel=4',
  'panic=-1',
  'i8042.noaux',
  'i8042.nokbd',
  'cryptomgr.notests',
  'random.trust_cpu=on',
  // A mount, or a process in another control group, waits for a grace period of RCU: some 30 ms each time, else.
  'rcupdate.rcu_expedited=1',
];

export interface CommandLineOptions {
  /** Words of this VMM. */
  readonly words: readonly string[];
  /** What the agent does at the end: how the guest ends its machine is the VMM's affair. */
  readonly after: 'poweroff' | 'reboot';
}

/** Pure: the kernel's command line of a guest whose agent listens on vsock. What the user gives comes last: it wins. */
export function restCommandLine(
  { tscKhz, commandLine }: VmConfig,
  { words, after }: CommandLineOptions,
): string {
  // Where it is known: that is under TCG. With KVM the guest has the clock of the host, and nothing to be told.
  const clock = tscKhz === undefined ? [] : [`tsc_early_khz=${tscKhz}`, 'tsc=reliable'];
  const agent = [`duende.vsock=${agentVsockPort}`, `duende.after=${after}`];
  const more = commandLine === undefined || commandLine === '' ? [] : [commandLine];
  return [...common, ...words, ...clock, ...agent, ...more].join(' ');
}
