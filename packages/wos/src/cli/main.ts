import { resolve } from 'node:path';
import { stateDirectory } from '@duende/core/contract';
import { packageVersion } from '../wosd/package-version.ts';
import { parseArguments } from './arguments.ts';
import type { Command, CommandContext, Io } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, overview } from './help.ts';
import { causeLines, errorLine, exitCodeOf, exitCodes, quote, usageError } from './usage.ts';

/** Runs one command line. Resolves with the exit code; every error has become one line on stderr. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    io.out.note(`wos-ctl: ${errorLine(error)}`);
    const end = argv.indexOf('--');
    const isVerbose = (end === -1 ? argv : argv.slice(0, end)).includes('--verbose');
    if (isVerbose) for (const line of causeLines(error)) io.out.note(line);
    return exitCodeOf(error);
  }
}

/** @throws PlatformError Config / invalid-setting for a name that is no command. */
async function loadCommand(name: string): Promise<Command> {
  const found = commands.find((candidate) => candidate.name === name);
  if (found) return await found.load();
  const begun = commands.filter(
    (candidate) => name.length > 1 && candidate.name.startsWith(name.slice(0, 2)),
  );
  const hint = begun.length === 1 ? `Did you mean ${begun[0]?.name}?` : 'See wos-ctl --help';
  throw usageError(`There is no command ${quote(name)}`, hint);
}

async function frontPage(argv: readonly string[], { out }: Io): Promise<number> {
  const [first, second] = argv;
  if (first === undefined) {
    out.note(overview(commands));
    return exitCodes.usage;
  }
  if (first === '--version' || first === '-V') out.print(packageVersion());
  else if (first === 'help' && second !== undefined) out.print(commandHelp(await loadCommand(second)));
  else if (first === 'help' || first === '--help' || first === '-h') out.print(overview(commands));
  else throw usageError(`Unexpected ${quote(first)} before the command`, 'See wos-ctl --help');
  return exitCodes.done;
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined || first === 'help' || first.startsWith('-')) return await frontPage(argv, io);
  const command = await loadCommand(first);
  const args = parseArguments(command, rest);
  if (args.has('help')) {
    io.out.print(commandHelp(command));
    return exitCodes.done;
  }
  const given = args.text('state-dir');
  const chosen = given === undefined ? io.env : { ...io.env, DUENDE_STATE_DIR: resolve(io.cwd, given) };
  const folder = stateDirectory(chosen);
  const context: CommandContext = { ...io, args, stateDirectory: folder, json: args.has('json') };
  return (await command.run(context)) ?? exitCodes.done;
}
