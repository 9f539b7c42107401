export type { Daemon } from './daemon.ts';
export { isNotRunning } from './daemon-errors.ts';
export { type DaemonKey, Daemons } from './daemons.ts';
export type { RunHost, RunPlan } from './run-host.ts';
export { readDaemonStats } from './stats.ts';
export { DaemonStore } from './store.ts';
export { traceDaemon } from './trace.ts';
