import type { Command } from './command.ts';

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

/** Every command, in the order of --help. */
export const commands: readonly CommandEntry[] = [
  entry('boot', 'Run the kernel in the foreground', () => import('./commands/boot.ts')),
  entry('shutdown', 'End all processes and the kernel', () => import('./commands/shutdown.ts')),
  entry('spawn', 'Start a WebAssembly module as a process', () => import('./commands/spawn.ts')),
  entry('ps', 'List the processes', () => import('./commands/ps.ts')),
  entry('top', 'Watch the processes', () => import('./commands/top.ts')),
  entry('status', 'Show what a process is doing', () => import('./commands/status.ts')),
  entry('signal', 'Send a signal to a process', () => import('./commands/signal.ts')),
  entry('kill', 'The same as signal', () => import('./commands/kill.ts')),
  entry(
    'terminate',
    'End a process: TERM first, KILL after a while',
    () => import('./commands/terminate.ts'),
  ),
  entry('renice', 'Change the priority of a process', () => import('./commands/renice.ts')),
  entry('logs', 'Show what a process wrote', () => import('./commands/logs.ts')),
  entry('trace', 'Show the system calls of a process', () => import('./commands/trace.ts')),
  entry('send', 'Put a message into the mailbox of a process', () => import('./commands/send.ts')),
  entry('rm', 'Forget a process that has ended, and its log', () => import('./commands/rm.ts')),
];
