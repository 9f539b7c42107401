import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** What the numbers belong to. Nothing that names the machine or its user. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: string;
  readonly kernel: string;
  readonly node: string;
  readonly date: string;
  /** One-minute load average: what the bench and everything else kept busy. Above `cores` the times say little. */
  readonly load: number;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 1024 ** 3)} GB`,
    kernel: `${type()} ${release()}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}
