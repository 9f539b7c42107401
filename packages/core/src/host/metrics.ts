import type { DaemonMetrics, MetricsSnapshot } from '../define.ts';

/** How many durations the percentiles look back on. */
const kept = 1024;
/** Seconds that the rate looks back on. */
const windowSeconds = 60;

/** Metrics of one daemon, of constant size. `now` is monotonic, in milliseconds. */
export function createMetrics(now: () => number): DaemonMetrics {
  const begun = now();
  const durations: number[] = [];
  /** One bucket a second; `second` says which second it counts. */
  const buckets = Array.from({ length: windowSeconds }, () => ({ second: -1, count: 0 }));
  let count = 0;
  let errors = 0;

  const secondNow = () => Math.floor((now() - begun) / 1000);

  function record({ durationMs, error = false }: { durationMs: number; error?: boolean }): void {
    const second = secondNow();
    const bucket = buckets[second % windowSeconds] as { second: number; count: number };
    if (bucket.second !== second) {
      bucket.second = second;
      bucket.count = 0;
    }
    bucket.count += 1;
    if (Number.isFinite(durationMs) && durationMs >= 0) durations[count % kept] = durationMs;
    count += 1;
    if (error) errors += 1;
  }

  function snapshot(): MetricsSnapshot {
    const second = secondNow();
    const recent = buckets.filter((bucket) => bucket.second > second - windowSeconds);
    const work = recent.reduce((sum, bucket) => sum + bucket.count, 0);
    const seconds = Math.min(windowSeconds, Math.max(1, (now() - begun) / 1000));
    // Holes are left by durations that were no numbers; filter skips them.
    const sorted = durations.filter(() => true).sort((a, b) => a - b);
    const at = (share: number) => round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
    return {
      count,
      errors,
      ratePerSecond: round(work / seconds),
      durationMs: { p50: at(0.5), p95: at(0.95), max: at(1) },
    };
  }

  async function measure<T>(work: () => T | Promise<T>): Promise<T> {
    const start = now();
    let error = true;
    try {
      const result = await work();
      error = false;
      return result;
    } finally {
      record({ durationMs: now() - start, error });
    }
  }

  return { record, measure, snapshot };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
