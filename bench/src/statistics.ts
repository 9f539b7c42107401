import type { Measured } from './row.ts';

/** The value below which this share (0 to 1) of the values lie, by linear interpolation. NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

export function summarise(values: readonly number[], note?: string): Measured {
  return {
    median: percentile(values, 0.5),
    p90: percentile(values, 0.9),
    samples: values.length,
    ...(note === undefined ? {} : { note }),
  };
}

export interface InterleaveOptions<Name extends string> {
  readonly rounds: number;
  /** Rounds before them that are not counted. Default 3. */
  readonly warmUp?: number;
  /** Sides that are measured in each n-th round only: slow ones. */
  readonly every?: Partial<Record<Name, number>>;
}

/**
 * Measures several sides in turn, so that what else the machine does meets all of them. Who comes first changes with the round.
 * Each side returns its own measurement: what it prepares and clears away does not count.
 */
export async function interleave<Name extends string>(
  sides: Readonly<Record<Name, () => Promise<number>>>,
  { rounds, warmUp = 3, every = {} }: InterleaveOptions<Name>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(sides) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warmUp; round < rounds; round += 1) {
    const first = Math.abs(round) % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      if (Math.abs(round) % (every[name] ?? 1) !== 0) continue;
      const value = await sides[name]();
      if (round >= 0) values[name].push(value);
    }
  }
  return values;
}
