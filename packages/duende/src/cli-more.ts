import type { Command } from './cli/command.ts';
import { command as completion } from './cli/commands/completion.ts';
import { command as doctor } from './cli/commands/doctor.ts';
import { command as install } from './cli/commands/install.ts';
import { command as spawn } from './cli/commands/spawn.ts';
import { command as top } from './cli/commands/top.ts';
import { command as trace } from './cli/commands/trace.ts';
import { command as uninstall } from './cli/commands/uninstall.ts';

export { frontPage } from './cli/front-page.ts';
export { commandHelp } from './cli/help.ts';
export { didYouMean } from './cli/suggest.ts';

export const moreCommands: Readonly<Record<string, Command>> = {
  completion,
  doctor,
  install,
  spawn,
  top,
  trace,
  uninstall,
};
