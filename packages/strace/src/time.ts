/** ISO 8601 with microseconds of `1795466224.620403`. */
export function toIsoTime(at: string): string {
  const [seconds = '0', micros = ''] = at.split('.');
  const date = new Date(Number(seconds) * 1000);
  return `${date.toISOString().slice(0, 19)}.${micros.padEnd(6, '0').slice(0, 6)}Z`;
}

/** Seconds between two such times, never negative (the clock may have been set back). */
export function secondsBetween(from: string, to: string): number {
  const difference = Number(to) - Number(from);
  return difference > 0 ? Number(difference.toFixed(6)) : 0;
}

/** The time now, as strace prints it. */
export function epochNow(): string {
  return (Date.now() / 1000).toFixed(6);
}
