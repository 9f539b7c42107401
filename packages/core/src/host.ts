/**
 * Runs `defineDaemon` daemons: `runDaemon` and `runModule` on Node, `runLifecycle` on any engine that gives it a `HostRuntime`.
 */
export type { AnyDefinition } from './host/context.ts';
export { type HealthAnswer, healthTimeout } from './host/health.ts';
export { HostError, hostExit } from './host/host-error.ts';
export { runLifecycle } from './host/lifecycle.ts';
export { createLog, formatLogLine, type LogLevel, type LogOutput } from './host/log.ts';
export { createMetrics } from './host/metrics.ts';
export { formatNotify, type Notifier, type NotifyMessage } from './host/notifier.ts';
export { type RunOptions, runDaemon } from './host/run-daemon.ts';
export { type RunModuleOptions, runModule } from './host/run-module.ts';
export type { HostRuntime } from './host/runtime.ts';
export { createSignalSource, type SignalSource } from './host/signals.ts';
