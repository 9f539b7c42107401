import { Adapters } from './cli/adapters.ts';
import { parseArguments } from './cli/arguments.ts';
import type { Command } from './cli/command.ts';
import type { Io } from './cli/context.ts';
import { Output } from './cli/output.ts';
import { causeLines, errorLine, exitCodeOf, exitCodes, usageError } from './cli/usage.ts';
import { commands } from './cli-commands.ts';

/** Runs one command line. Resolves with the exit code; every error has become one line on stderr. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const out = new Output(io.stdout, io.stderr, io.env);
  const adapters = new Adapters(io.importer);
  try {
    return await dispatch(argv, io, out, adapters);
  } catch (error) {
    out.note(`duende: ${errorLine(error)}`);
    const end = argv.indexOf('--');
    const isVerbose = (end === -1 ? argv : argv.slice(0, end)).includes('--verbose');
    if (isVerbose) for (const line of causeLines(error)) out.note(line);
    return exitCodeOf(error);
  } finally {
    await adapters.close();
    out.flush();
  }
}

async function dispatch(argv: readonly string[], io: Io, out: Output, adapters: Adapters): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined || first === 'help' || first.startsWith('-')) {
    const { frontPage } = await import('./cli-more.js');
    return frontPage(argv, out);
  }
  const command = await loadCommand(first);
  const args = parseArguments(command, rest);
  const json = args.has('json');
  adapters.place = {
    scope: args.text('scope'),
    domain: args.text('domain'),
    runtime: args.text('runtime'),
    host: args.text('host'),
  };
  if (args.has('help')) {
    const { commandHelp } = await import('./cli-more.js');
    if (json) out.json(command);
    else out.print(commandHelp(command));
    return exitCodes.done;
  }
  return (await command.run({ args, io, out, adapters, json })) ?? exitCodes.done;
}

/** Commands of the design that this release does not have. */
const later = ['up', 'down'];

/** @throws PlatformError Config / invalid-setting for a name that is no command. */
export async function loadCommand(name: string): Promise<Command> {
  const entry = commands.find((candidate) => candidate.name === name);
  if (entry) return entry.load();
  if (later.includes(name)) {
    throw usageError(
      `duende ${name} needs a configuration file of several daemons, which this release does not have yet`,
      name === 'up' ? 'Start each daemon with duende spawn' : 'Stop each daemon with duende stop',
    );
  }
  const { didYouMean } = await import('./cli-more.js');
  const guess = didYouMean(
    name,
    commands.map((candidate) => candidate.name),
  );
  const shown = name.length > 40 ? `${name.slice(0, 40)}...` : name;
  throw usageError(`There is no command ${JSON.stringify(shown)}`, guess ?? 'See duende --help');
}
