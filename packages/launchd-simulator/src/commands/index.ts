import { bootout } from './bootout.ts';
import { bootstrap } from './bootstrap.ts';
import { blame, kickstart, kill, toggle } from './control.ts';
import { error, help, legacyControl, legacyLoad, manager, version } from './other.ts';
import { type Command, type Reply, type Request, reply } from './reply.ts';
import { list, print, printDisabled } from './show.ts';

const commands: Readonly<Record<string, Command>> = {
  bootstrap,
  bootout,
  enable: toggle,
  disable: toggle,
  kickstart,
  kill,
  blame,
  print,
  'print-disabled': printDisabled,
  list,
  load: legacyLoad,
  unload: legacyLoad,
  start: legacyControl,
  stop: legacyControl,
  remove: legacyControl,
  error,
  managername: manager,
  manageruid: manager,
  managerpid: manager,
  version,
  help,
};

export { type Reply, reply } from './reply.ts';

/** Runs one launchctl. An unknown subcommand: its text and code 1 (ProcursusTeam/launchctl launchctl.c; 64 in others: not certain). */
export async function run(request: Request): Promise<Reply> {
  const verb = request.arguments[0];
  if (verb === undefined) return help(request);
  const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
  const answer = command ? await command(request) : reply(64, '', `Unrecognized subcommand: ${verb}\n`);
  // A correct adapter never gets the usage.
  if (answer.code === 64)
    request.launchd.violations.add('bad-usage', answer.err.split('\n')[0] ?? '', request.arguments);
  return answer;
}
