import type { BenchContext } from './context.ts';
import type { Row } from './row.ts';

/** One measurement: makes its rows, or throws, which is reported and spoils no other. */
export interface Measurement {
  readonly name: string;
  run(): Promise<readonly Row[]>;
}

/** A table of measurements: one file in `areas/`. */
export interface Area {
  readonly name: string;
  readonly title: string;
  /** Prepares what the measurements share (rivals, adapters), and names them. */
  prepare(context: BenchContext): Promise<readonly Measurement[]>;
}
