import type { ProgramSpec, TraceEvent } from '@duende/core';
import { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

/** The processes of a daemon, as the platform sees them. */
export class DaemonProcesses {
  readonly world: World;
  readonly spec: ProgramSpec;
  readonly tree = new Set<SimProcess>();
  readonly tracers = new Set<(event: TraceEvent) => void>();
  main: SimProcess | undefined;

  constructor(world: World, spec: ProgramSpec) {
    this.world = world;
    this.spec = spec;
  }

  get memory(): number {
    return [...this.tree].reduce((sum, process) => sum + (process.alive ? process.memory : 0), 0);
  }

  fork(parent: SimProcess | undefined, _leavesSession = false): SimProcess {
    const process = new SimProcess(this.world.nextPid(), parent?.dispositions);
    this.tree.add(process);
    this.world.processes.set(process.pid, process);
    this.world.owners.set(process, this.spec.name);
    return process;
  }

  traced(pid: number, call: string, args: string[], result: string, error?: string): void {
    const time = new Date().toISOString();
    const event = { time, pid, call, args, result, ...(error !== undefined && { error }), duration: 0 };
    for (const tracer of this.tracers) tracer(event);
  }

  stopSignalGoesTo(): Iterable<SimProcess> {
    return this.tree;
  }

  killTree(): void {
    for (const process of this.tree) process.end({ signal: 'SIGKILL' });
  }
}
