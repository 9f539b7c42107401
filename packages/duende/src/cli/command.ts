import type { Context } from './context.ts';
import type { OptionSpec, PositionalSpec } from './option.ts';

/** One command of the `duende` program, as data and a function. */
export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  /** Beside those that every command has. */
  readonly options: readonly OptionSpec[];
  /** Takes `-- CMD ARG...`. */
  readonly program?: true;
  /** Further lines of --help. */
  readonly details?: readonly string[];
  /** Whole command lines; the first is shown in errors. */
  readonly examples: readonly [string, ...string[]];
  /** Resolves with the exit code; nothing means 0. */
  run(context: Context): Promise<number | undefined>;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

const entry = (name: string, summary: string, load: () => Promise<{ command: Command }>): CommandEntry => ({
  name,
  summary,
  load: async () => (await load()).command,
});

/** Each command is a chunk of its own: only the one that runs is loaded. */
export const commands: readonly CommandEntry[] = [
  entry('doctor', 'Show what this machine can run, and what is wrong', () => import('./commands/doctor.ts')),
  entry('spawn', 'Start a daemon', () => import('./commands/spawn.ts')),
  entry('ps', 'List the daemons', () => import('./commands/ps.ts')),
  entry('top', 'Watch the daemons: processor, memory, processes', () => import('./commands/top.ts')),
  entry('status', 'Show what a daemon is doing', () => import('./commands/status.ts')),
  entry('signal', 'Send a signal to a daemon', () => import('./commands/signal.ts')),
  entry('stop', 'Stop a daemon and everything it started', () => import('./commands/stop.ts')),
  entry('restart', 'Stop a daemon and start it again', () => import('./commands/restart.ts')),
  entry('wait', 'Wait until a daemon has ended', () => import('./commands/wait.ts')),
  entry('logs', 'Show what a daemon wrote', () => import('./commands/logs.ts')),
  entry('stats', 'Show what a daemon uses', () => import('./commands/stats.ts')),
  entry('trace', 'Show the system calls of a daemon', () => import('./commands/trace.ts')),
  entry('rm', 'Forget a stopped daemon and its log', () => import('./commands/rm.ts')),
  entry('install', 'Start a daemon that comes back after a reboot', () => import('./commands/install.ts')),
  entry('uninstall', 'Undo an install', () => import('./commands/uninstall.ts')),
  entry(
    'completion',
    'Print a completion script for bash, zsh or fish',
    () => import('./commands/completion.ts'),
  ),
];
