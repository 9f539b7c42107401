import type { DaemonHandle, DaemonStats, StatsField } from '@duende/core/contract';
import type { Context } from './context.ts';
import { requireDaemon } from './daemon.ts';
import { asOperation, failed } from './failures.ts';
import { guestNumbers } from './guest-numbers.ts';
import { daemonStatus } from './status.ts';

const operation = { code: 'StatusFailed', name: 'stats' } as const;
/** What the guest measures of the daemon and everything that it started. */
export async function readStats(context: Context, handle: DaemonHandle): Promise<DaemonStats> {
  const found = requireDaemon(context, handle, operation);
  const status = await daemonStatus(context, found);
  if (status.state === 'stopped' || status.state === 'failed' || status.state === 'created') {
    throw failed(operation, `${handle.name} is not running`, 'not-running');
  }
  try {
    // A frozen guest measures nothing, and nothing changes in it.
    const numbers =
      status.state === 'paused'
        ? new Map(Object.entries(context.store.frozen(handle.name)))
        : (await guestNumbers(context, handle.name)).numbers;
    const started = 'startedAt' in status && status.startedAt ? Date.parse(status.startedAt) : undefined;
    const limit = context.store.spec(handle.name).resources.memoryMax;
    const values: Partial<Record<StatsField, number | undefined>> = {
      cpuUsec: numbers.get('cpu_usec'),
      memoryBytes: numbers.get('memory_bytes'),
      memoryLimitBytes: limit,
      pids: numbers.get('pids'),
      uptimeMs: started === undefined ? undefined : Math.max(0, Date.now() - started),
    };
    const measured = Object.entries(values).filter(([, value]) => value !== undefined) as [
      StatsField,
      number,
    ][];
    return {
      time: new Date().toISOString(),
      ...Object.fromEntries(measured),
      measured: measured.map(([field]) => field),
    };
  } catch (error) {
    throw asOperation(operation, error, `Cannot measure ${handle.name}`);
  }
}
