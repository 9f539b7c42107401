import type { DaemonContext, DaemonDefinition, HealthReport, MetricsSnapshot } from '../define.ts';
import type { HostRuntime } from './runtime.ts';
import { toError, toPlain } from './serialise.ts';

/** Milliseconds that `health` may take; less than the default timeout of a probe, so that the probe gets the answer. */
export const healthTimeout = 3000;

/** What a probe is told. */
export interface HealthAnswer {
  readonly healthy: boolean;
  readonly daemon: string;
  readonly state: 'starting' | 'running' | 'stopping';
  readonly detail?: unknown;
  readonly metrics: MetricsSnapshot;
}

/**
 * Asks the daemon whether it is healthy. Before `init` is done and while it stops it is not. A call that hangs
 * counts as unhealthy, and is shared by later probes instead of being made again.
 */
export function createHealthCheck<Config>(
  definition: Pick<DaemonDefinition<never>, 'health'>,
  ctx: DaemonContext<Config>,
  runtime: Pick<HostRuntime, 'after'>,
  state: () => HealthAnswer['state'],
): () => Promise<HealthAnswer> {
  let pending: Promise<HealthReport> | undefined;

  async function ask(): Promise<HealthReport> {
    try {
      const report = await definition.health?.(ctx as DaemonContext<never>);
      if (typeof report === 'object' && report !== null) {
        return { healthy: report.healthy === true, ...(report.detail && { detail: report.detail }) };
      }
      return { healthy: report === true };
    } catch (thrown) {
      return { healthy: false, detail: { error: toError(thrown).message } };
    }
  }

  function bounded(report: Promise<HealthReport>): Promise<HealthReport> {
    return new Promise((resolve) => {
      const detail = { error: `health() has not answered within ${healthTimeout} ms` };
      const cancel = runtime.after(healthTimeout, () => resolve({ healthy: false, detail }));
      void report.then((value) => {
        cancel();
        resolve(value);
      });
    });
  }

  return async () => {
    const now = state();
    if (now === 'running') {
      pending ??= ask().finally(() => {
        pending = undefined;
      });
    }
    const report = now === 'running' && pending ? await bounded(pending) : { healthy: false };
    return {
      healthy: report.healthy,
      daemon: ctx.name,
      state: now,
      ...(report.detail && { detail: toPlain(report.detail) }),
      metrics: ctx.metrics.snapshot(),
    };
  };
}
