import type { Command } from './command.ts';
import { commonOptions, kinds, type OptionSpec, type ValueKind } from './option.ts';

/** What completion offers at one place: fixed words, files, folders, names of daemons, or nothing. */
export type Offer = readonly string[] | 'file' | 'folder' | 'daemon' | 'nothing';

export interface CompletedOption {
  readonly name: string;
  readonly short: string | undefined;
  readonly help: string;
  readonly multiple: boolean;
  /** `undefined` for a switch. */
  readonly value: Offer | undefined;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly positionals: readonly Offer[];
  /** After `--` comes a program. */
  readonly program: boolean;
}

/** The commands as the completion scripts need them. */
export function completionModel(commands: readonly Command[]): CompletedCommand[] {
  return commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    options: [...command.options, ...commonOptions].map((option) => ({
      name: option.name,
      short: option.short,
      help: option.help,
      multiple: option.multiple === true,
      value: offerOf(option),
    })),
    positionals: command.positionals.map(({ complete }) => complete ?? 'nothing'),
    program: command.program === true,
  }));
}

function offerOf(option: OptionSpec): Offer | undefined {
  if (option.value === undefined) return undefined;
  const kind: ValueKind = kinds[option.kind ?? 'text'];
  return kind.complete ?? 'nothing';
}

/** Names of the daemons, one a line: the same pipeline in every shell. A name has no character that needs quoting. */
export const daemonNames = `duende ps --json 2>/dev/null | grep -o '"name":"[^"]*"' | cut -d'"' -f4`;
