import type { Command } from './cli/command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

type CommandModule = Promise<{ command: Command }>;

const entry = (name: string, summary: string, load: () => CommandModule): CommandEntry => ({
  name,
  summary,
  load: async () => (await load()).command,
});

/** In the second built file (see tsup.config.ts): commands that are long, or take long anyway. */
const more = (name: string, summary: string): CommandEntry => ({
  name,
  summary,
  load: async () => (await import('./cli-more.js')).moreCommands[name] as Command,
});

/** Every command, in the order of --help. */
export const commands: readonly CommandEntry[] = [
  more('doctor', 'Show what this machine can run, and what is wrong'),
  more('spawn', 'Start a daemon'),
  entry('ps', 'List the daemons', () => import('./cli/commands/ps.ts')),
  more('top', 'Watch the daemons: processor, memory, processes'),
  entry('status', 'Show what a daemon is doing', () => import('./cli/commands/status.ts')),
  entry('signal', 'Send a signal to a daemon', () => import('./cli/commands/signal.ts')),
  entry('stop', 'Stop a daemon and everything it started', () => import('./cli/commands/stop.ts')),
  entry('restart', 'Stop a daemon and start it again', () => import('./cli/commands/restart.ts')),
  entry('wait', 'Wait until a daemon has ended', () => import('./cli/commands/wait.ts')),
  entry('logs', 'Show what a daemon wrote', () => import('./cli/commands/logs.ts')),
  entry('stats', 'Show what a daemon uses', () => import('./cli/commands/stats.ts')),
  more('trace', 'Show the system calls of a daemon'),
  entry('rm', 'Forget a stopped daemon and its log', () => import('./cli/commands/rm.ts')),
  more('install', 'Start a daemon that comes back after a reboot'),
  more('uninstall', 'Undo an install'),
  more('completion', 'Print a completion script for bash, zsh or fish'),
];
