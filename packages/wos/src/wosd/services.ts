import type { Kernel } from '../kernel/index.ts';
import type { KernelDocument } from '../protocol/documents.ts';
import { Daemons } from '../supervise/index.ts';
import type { Former } from './former.ts';
import { KernelHost } from './kernel-host.ts';
import { Processes } from './processes.ts';

/** What handlers act on. */
export interface Services {
  readonly kernel: Kernel;
  readonly processes: Processes;
  readonly daemons: Daemons;
  info(): KernelDocument;
  shutdown(timeout: number): Promise<void>;
}

/** Processes and daemons of a kernel that has booted, those of former kernels included. @param changed told when something began, or ended */
export function makeServices(
  kernel: Kernel,
  { processStore, daemonStore, records, daemons }: Former,
  changed: () => void,
): Pick<Services, 'kernel' | 'processes' | 'daemons'> {
  const processes = new Processes(kernel, processStore, records, changed);
  const host = new KernelHost(kernel, processes, changed);
  return { kernel, processes, daemons: new Daemons(host, daemonStore, daemons) };
}
