import type { HealthAnswer } from './health.ts';
import type { HostRuntime } from './runtime.ts';

/** Milliseconds between two signs of life: half the timeout, as sd_watchdog_enabled(3) recommends; what a timer can hold. */
export function watchdogInterval(timeout: number): number {
  return Math.min(Math.max(timeout / 2, 1), 2 ** 31 - 1);
}

/**
 * Tells the platform at each interval that the daemon is alive, from the event loop: a daemon that blocks it is silent.
 * While it runs and `health` says that it is unwell nothing is told either, and the platform ends it when that lasts.
 * @returns how to end that.
 */
export function startWatchdog(
  runtime: Pick<HostRuntime, 'after' | 'log' | 'notifier'>,
  timeout: number,
  health: (() => Promise<HealthAnswer>) | undefined,
): () => void {
  const interval = watchdogInterval(timeout);
  let isAsking = false;
  let wasWell = true;
  let ended = false;
  let cancel = runtime.after(interval, tick);

  function tick(): void {
    // Before the answer of `health`, so that a slow one does not make the next sign of life late.
    cancel = runtime.after(interval, tick);
    if (!health) runtime.notifier.send({ watchdog: true });
    else if (!isAsking) void ask(health);
  }

  async function ask(check: () => Promise<HealthAnswer>): Promise<void> {
    isAsking = true;
    const answer = await check();
    isAsking = false;
    if (ended) return;
    // While it starts or stops there is no health to ask for.
    const isWell = answer.healthy || answer.state !== 'running';
    if (isWell) runtime.notifier.send({ watchdog: true });
    if (isWell !== wasWell) {
      const fields = { ...(answer.detail !== undefined && { detail: answer.detail }), watchdogMs: timeout };
      if (isWell) runtime.log.info('healthy again: the watchdog is told', fields);
      else runtime.log.warn('unhealthy: the watchdog is not told', fields);
    }
    wasWell = isWell;
  }

  return () => {
    ended = true;
    cancel();
  };
}
