import { parseDuration } from '@duende/core/contract';
import type { Command } from './command.ts';
import { commonOptions, kinds, type OptionSpec } from './option.ts';
import { didYouMean } from './suggest.ts';
import { tokenize } from './tokens.ts';
import { usageError } from './usage.ts';

/** The command line of one command, checked against its tables. */
export interface Arguments {
  has(option: string): boolean;
  /** Value of an option. */
  text(option: string): string | undefined;
  /** Values of an option that may be repeated, in their order. */
  list(option: string): readonly string[];
  /** Milliseconds. */
  duration(option: string): number | undefined;
  number(option: string): number | undefined;
  /** The positional of this title; only for those the command declares. */
  positional(title: string): string;
  /** What follows `--`; `undefined` without it. */
  readonly program: readonly string[] | undefined;
}

/** For messages: quoted, and short. */
export function quote(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > 60 ? `${quoted.slice(0, 57)}..."` : quoted;
}

/** @throws PlatformError Config / invalid-setting: one line that says what to write instead. */
export function parseArguments(command: Command, argv: readonly string[]): Arguments {
  const options = [...command.options, ...commonOptions];
  const seeHelp = `See duende ${command.name} --help`;
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  const program = end === -1 ? undefined : argv.slice(end + 1);
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokenize(before, options)) {
    if (token.kind === 'positional') {
      positionals.push(token.value);
      continue;
    }
    const option = options.find(({ name }) => name === token.name);
    if (!option) throw unknownOption(token.raw, options, seeHelp);
    const given = values.get(option.name) ?? [];
    const value = checkedValue(option, token.raw, token.value, token.inline);
    if (value !== undefined && given.length > 0 && !option.multiple) {
      throw usageError(`${token.raw} was given twice`, seeHelp);
    }
    values.set(option.name, value === undefined ? given : [...given, value]);
  }
  if (!values.has('help')) checkPositionals(command, positionals, program, seeHelp);
  return {
    has: (option) => values.has(option),
    text: (option) => values.get(option)?.[0],
    list: (option) => values.get(option) ?? [],
    duration: (option) => parseDuration(values.get(option)?.[0] ?? Number.NaN),
    number: (option) => (values.has(option) ? Number(values.get(option)?.[0]) : undefined),
    positional: (title) => positionals[command.positionals.findIndex((spec) => spec.title === title)] ?? '',
    program,
  };
}

function checkedValue(
  option: OptionSpec,
  rawName: string,
  value: string | undefined,
  inline: boolean,
): string | undefined {
  if (option.value === undefined) {
    if (value === undefined) return undefined;
    throw usageError(`${rawName} takes no value, got ${quote(value)}`);
  }
  // `--cwd --json` is a forgotten value; one that does begin with dashes is written --cwd=--x.
  if (value === undefined || (!inline && /^--?[A-Za-z]/.test(value))) {
    const join = value === undefined ? '' : ` A value that begins with a dash is written ${rawName}=${value}`;
    throw usageError(`${rawName} needs a value: ${rawName} ${option.value}`, join.trim() || undefined);
  }
  const kind = kinds[option.kind ?? 'text'];
  if (kind.accepts(value)) return value;
  throw usageError(`${rawName}: expected ${kind.expected}, got ${quote(value)}`);
}

function unknownOption(rawName: string, options: readonly OptionSpec[], seeHelp: string): Error {
  const known = options.map(({ name }) => `--${name}`);
  return usageError(`Unknown option ${quote(rawName)}`, didYouMean(rawName, known) ?? seeHelp);
}

function checkPositionals(
  command: Command,
  given: readonly string[],
  program: readonly string[] | undefined,
  seeHelp: string,
): void {
  const wanted = command.positionals;
  const missing = wanted[given.length];
  if (missing) throw usageError(`${command.name} needs ${missing.title}`, `Example: ${command.examples[0]}`);
  const extra = given[wanted.length] ?? (command.program ? undefined : program?.[0]);
  if (extra !== undefined) {
    const hint = command.program
      ? `The program goes behind --: duende ${command.name} ... -- ${extra}`
      : seeHelp;
    throw usageError(`Unexpected argument ${quote(extra)}`, hint);
  }
  wanted.forEach(({ title, kind }, index) => {
    const value = given[index] as string;
    if (kind === undefined || kinds[kind].accepts(value)) return;
    throw usageError(
      `${title}: expected ${kinds[kind].expected}, got ${quote(value)}`,
      didYouMeanValue(kind, value),
    );
  });
}

function didYouMeanValue(kind: keyof typeof kinds, value: string): string | undefined {
  const spec = kinds[kind];
  return 'complete' in spec && typeof spec.complete !== 'string'
    ? didYouMean(value, spec.complete)
    : undefined;
}
