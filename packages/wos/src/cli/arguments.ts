import { parseArgs } from 'node:util';
import type { Command } from './command.ts';
import { commonOptions, kinds, type OptionSpec } from './option.ts';
import { quote, usageError } from './usage.ts';

/** The command line of one command, checked against its tables. */
export interface Arguments {
  has(option: string): boolean;
  /** Value of an option. */
  text(option: string): string | undefined;
  /** Values of an option that may be repeated, in their order. */
  list(option: string): readonly string[];
  number(option: string): number | undefined;
  /** What follows `--`; `undefined` without it. */
  readonly program: readonly string[] | undefined;
}

function tokensOf(words: readonly string[], options: readonly OptionSpec[]) {
  const config = options.map(({ name, short, value }) => [
    name,
    { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short ? { short } : {}) },
  ]);
  const given = {
    args: [...words],
    options: Object.fromEntries(config),
    strict: false,
    tokens: true,
  } as const;
  return parseArgs({ ...given, allowPositionals: true }).tokens;
}

function checkedValue(
  { value: title, kind = 'text' }: OptionSpec,
  raw: string,
  value: string | undefined,
  isInline: boolean,
) {
  if (title === undefined) {
    if (value === undefined) return undefined;
    throw usageError(`${raw} takes no value, got ${quote(value)}`);
  }
  // `--wasm --json` is a forgotten value; one that does begin with dashes is written --wasm=--x.
  if (value === undefined || (!isInline && /^--?[A-Za-z]/.test(value))) {
    const hint =
      value === undefined ? undefined : `A value that begins with a dash is written ${raw}=${value}`;
    throw usageError(`${raw} needs a value: ${raw} ${title}`, hint);
  }
  const { expected, accepts } = kinds[kind];
  if (accepts(value)) return value;
  throw usageError(`${raw}: expected ${expected}, got ${quote(value)}`);
}

function takePositional(
  command: Command,
  values: Map<string, string[]>,
  value: string,
  seeHelp: string,
): void {
  const { positionals = [], options } = command;
  // Which process is said already by its name.
  const isKnown = (candidate: string) => values.has(candidate) || (candidate === 'pid' && values.has('name'));
  const name = positionals.find((candidate) => !isKnown(candidate));
  const option = options.find((candidate) => candidate.name === name);
  if (option) {
    values.set(option.name, [checkedValue(option, option.value ?? '', value, true) ?? '']);
    return;
  }
  const hint = command.program
    ? `Arguments of the program go behind --: wos-ctl ${command.name} ... -- ${value}`
    : seeHelp;
  throw usageError(`Unexpected argument ${quote(value)}`, hint);
}

/** @throws PlatformError Config / invalid-setting: one line that says what to write instead. */
export function parseArguments(command: Command, argv: readonly string[]): Arguments {
  const options = [...command.options, ...commonOptions];
  const seeHelp = `See wos-ctl ${command.name} --help`;
  const end = argv.indexOf('--');
  const rest = end === -1 ? undefined : argv.slice(end + 1);
  const program = command.afterDashes === undefined ? rest : undefined;
  const values = new Map<string, string[]>();
  const plain: string[] = [];
  for (const token of tokensOf(end === -1 ? argv : argv.slice(0, end), options)) {
    if (token.kind === 'positional') plain.push(token.value);
    if (token.kind !== 'option') continue;
    const { rawName, inlineValue = false } = token;
    const option = options.find(({ name }) => name === token.name);
    if (!option) throw usageError(`Unknown option ${quote(rawName)}`, seeHelp);
    const given = values.get(option.name) ?? [];
    const value = checkedValue(option, rawName, token.value, inlineValue);
    if (value !== undefined && given.length > 0 && !option.multiple)
      throw usageError(`${rawName} was given twice`, seeHelp);
    values.set(option.name, value === undefined ? given : [...given, value]);
  }
  if (!values.has('help')) {
    if (!program) plain.push(...(rest ?? []));
    for (const value of plain) takePositional(command, values, value, seeHelp);
    const missing = command.needs?.find((name) => !values.has(name));
    if (missing) throw usageError(`${command.name} needs --${missing}`, `Example: ${command.examples[0]}`);
    if (program && !command.program) throw usageError('Unexpected --', seeHelp);
  }
  return {
    has: (option) => values.has(option),
    text: (option) => values.get(option)?.[0],
    list: (option) => values.get(option) ?? [],
    number: (option) => (values.has(option) ? Number(values.get(option)?.[0]) : undefined),
    program,
  };
}
