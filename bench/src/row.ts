/** Several values of one thing, as its median. */
export interface Measured {
  readonly median: number;
  readonly p90: number;
  readonly samples: number;
  /** What else was seen: the sum, a version, a condition. */
  readonly note?: string;
}

/** A value, or why there is none. */
export type Figure = Measured | { readonly missing: string };

/** `ratio`: to the reference. `value`: in the unit of the row. */
export interface Target {
  readonly kind: 'ratio' | 'value';
  readonly atMost: number;
}

/** One line of a table: Duende, what it is held against, and rivals measured in the same run. */
export interface Row {
  readonly what: string;
  readonly unit: 'ms' | 'MB' | 'us';
  readonly duende: Figure;
  readonly reference?: { readonly name: string; readonly figure: Figure };
  readonly target?: Target;
  readonly rivals?: Readonly<Record<string, Figure>>;
  /** How it was measured, in a sentence or two. */
  readonly how: string;
}

export function isMeasured(figure: Figure | undefined): figure is Measured {
  return figure !== undefined && 'median' in figure;
}

/** How many times the reference Duende takes. */
export function ratioOf({ duende, reference }: Row): number | undefined {
  if (!isMeasured(duende) || !isMeasured(reference?.figure)) return undefined;
  return duende.median / reference.figure.median;
}

/** Whether the row reaches its target; `undefined` without a target. A value that is missing reaches none. */
export function meets(row: Row): boolean | undefined {
  if (!row.target) return undefined;
  const value = row.target.kind === 'ratio' ? ratioOf(row) : isMeasured(row.duende) && row.duende.median;
  return typeof value === 'number' && value <= row.target.atMost;
}
