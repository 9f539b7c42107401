import { readFileSync } from 'node:fs';
import { commands } from '../cli-commands.ts';
import { loadCommand } from '../cli-main.ts';
import { quote } from './arguments.ts';
import { commandHelp, overview } from './help.ts';
import type { Output } from './output.ts';
import { didYouMean } from './suggest.ts';
import { exitCodes, usageError } from './usage.ts';

/** `duende`, `duende help`, `duende --help` and `duende --version`. */
export async function frontPage(argv: readonly string[], out: Output): Promise<number> {
  const json = argv.includes('--json');
  const [first, second] = argv.filter((word) => word !== '--json');
  if (first === undefined && !json) {
    out.note(overview());
    return exitCodes.usage;
  }
  if (first === '--version' || first === '-V') {
    if (json) out.json({ version: version() });
    else out.print(version());
    return exitCodes.done;
  }
  if (first === 'help' && second !== undefined && !second.startsWith('-')) {
    const command = await loadCommand(second);
    if (json) out.json(command);
    else out.print(commandHelp(command));
    return exitCodes.done;
  }
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    if (json) out.json(commands);
    else out.print(overview());
    return exitCodes.done;
  }
  const guess = didYouMean(first, ['--help', '--version']);
  throw usageError(`Unexpected ${quote(first)} before the command`, guess ?? 'See duende --help');
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
