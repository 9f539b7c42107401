import type { Kernel, ProcessExit } from '../kernel/index.ts';
import { TimerQueue } from '../kernel/timers.ts';
import type { DaemonSettings } from '../protocol/daemon-settings.ts';
import type { RunHost, RunPlan } from '../supervise/index.ts';
import type { Launch } from './launcher.ts';
import type { Processes } from './processes.ts';

/** Runs of daemons as processes that wosd keeps. */
export class KernelHost implements RunHost {
  readonly kernel: Kernel;
  readonly changed: () => void;
  readonly timers = new TimerQueue();
  readonly #processes: Processes;

  constructor(kernel: Kernel, processes: Processes, changed: () => void) {
    this.kernel = kernel;
    this.changed = changed;
    this.#processes = processes;
  }

  async launch({ daemon, run, ...plan }: RunPlan): Promise<{ pid: number; ended: Promise<ProcessExit> }> {
    const launch = { ...run, ...plan, name: `duende-${daemon}`, daemon } as Launch;
    const { record, ended } = await this.#processes.start(launch);
    return { pid: record.pid, ended: ended as Promise<ProcessExit> };
  }

  async prepare({ module, script, limits, isolation }: DaemonSettings['run']): Promise<void> {
    // What is to run apart is not compiled here.
    if (isolation === 'process') return;
    const { memoryMax } = limits ?? {};
    await this.kernel.load(module, {
      kind: script === undefined ? 'program' : 'script',
      ...(typeof memoryMax === 'number' ? { memoryMax } : {}),
    });
  }

  discard(pid: number): void {
    this.#processes.discard(pid);
  }

  formerExit(pid: number): ProcessExit | undefined {
    return this.#processes.table.exitOf(pid) as ProcessExit | undefined;
  }

  note(text: string): void {
    process.stderr.write(`wosd: ${text}\n`);
  }
}
