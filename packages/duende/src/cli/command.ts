import type { Context } from './context.ts';
import type { OptionSpec, PositionalSpec } from './option.ts';

/** One command of the `duende` program, as data and a function. */
export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  /** Beside those that every command has. */
  readonly options: readonly OptionSpec[];
  /** Takes `-- CMD ARG...`. */
  readonly program?: true;
  /** Further lines of --help. */
  readonly details?: readonly string[];
  /** Whole command lines; the first is shown in errors. */
  readonly examples: readonly [string, ...string[]];
  /** Resolves with the exit code; nothing means 0. */
  run(context: Context): Promise<number | undefined>;
}
