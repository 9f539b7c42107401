import type { Kernel } from '../kernel/index.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import type { Daemon } from './daemon.ts';

/**
 * The calls of a daemon, over restarts, until it has ended for good or `done` says so. What it has started by the beginning of
 * the trace, or of a run, is traced too.
 */
export async function traceDaemon(
  kernel: Kernel,
  daemon: Daemon,
  sink: (events: readonly TraceEvent[]) => void,
  done: Promise<void>,
): Promise<void> {
  let detach: (() => void)[] = [];
  const attach = (pid: number) => {
    detach = [kernel.trace(pid, sink)];
    for (const child of kernel.descendants(pid)) tryTo(() => detach.push(kernel.trace(child, sink)));
  };
  // Somebody else may trace the next run.
  const next = (pid: number) => tryTo(() => attach(pid));
  if (daemon.pid !== undefined) attach(daemon.pid);
  daemon.observers.add(next);
  // Who asked for it knows by the first report that it is attached.
  sink([]);
  try {
    await Promise.race([daemon.ended, done]);
  } finally {
    daemon.observers.delete(next);
    for (const each of detach) each();
  }
}

/** It may have ended meanwhile, or be traced by somebody else. */
function tryTo(act: () => void): void {
  try {
    act();
  } catch {
    // The others are traced all the same.
  }
}
