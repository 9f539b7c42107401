/** How a guest that boots is doing. */
export interface BootSample {
  /** Milliseconds since it was started. */
  readonly elapsed: number;
  /** Milliseconds of processor time that its VMM has used. */
  readonly cpu: number;
}

/** Milliseconds of processor time that each never needs: a boot takes about 1000 to 2000 under TCG, a clone 100. */
export const mostCpu = { boot: 12_000, clone: 4000 } as const;
/** Milliseconds after which a boot has failed however busy the machine is. */
const mostElapsed = 90_000;
/** Milliseconds during which a guest that boots uses at least `leastCpu` of them. */
const idleWindow = 4000;
const leastCpu = 20;

/**
 * Pure: whether a guest hangs. By processor time and not by the clock, because on a busy machine a sound boot may take long: it hangs
 * when it has used more than a boot needs, or uses nothing at all.
 * @param samples the oldest first
 * @param most milliseconds of processor time
 */
export function isHung(samples: readonly BootSample[], most: number = mostCpu.boot): boolean {
  const last = samples.at(-1);
  if (last === undefined) return false;
  if (last.cpu > most || last.elapsed > mostElapsed) return true;
  const earlier = samples.findLast(({ elapsed }) => elapsed <= last.elapsed - idleWindow);
  return earlier !== undefined && last.cpu - earlier.cpu < leastCpu;
}
