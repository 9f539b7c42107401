import type { Arguments } from './arguments.ts';
import type { OptionSpec } from './option.ts';
import type { Output } from './output.ts';

/** The world around the program; replaced in tests. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly out: Output;
  /** Aborted when nobody reads stdout any more. */
  readonly outputClosed: AbortSignal;
}

/** What a command gets. */
export interface CommandContext extends Io {
  readonly args: Arguments;
  /** Absolute. */
  readonly stateDirectory: string;
  /** --json was given. */
  readonly json: boolean;
}

/** One command of the `wos-ctl` program, as data and a function. */
export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Options that may be given as plain arguments, in this order. */
  readonly positionals?: readonly string[];
  /** Which of the options must be given. */
  readonly needs?: readonly string[];
  /** Beside those that every command has. */
  readonly options: readonly OptionSpec[];
  /** Takes `-- ARG...`. */
  readonly program?: true;
  /** Takes a plain argument after `--`, too, where it may begin with a dash: its title in the usage. */
  readonly afterDashes?: string;
  /** Further lines of --help. */
  readonly details?: readonly string[];
  /** Whole command lines; the first is shown in errors. */
  readonly examples: readonly [string, ...string[]];
  /** Resolves with the exit code; nothing means 0. */
  run(context: CommandContext): Promise<number | undefined>;
}
