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
  entry('setup', 'Get a kernel for guests', () => import('./commands/setup.ts')),
  entry(
    'doctor',
    'Show whether VMs can be started here, and what is wrong',
    () => import('./commands/doctor.ts'),
  ),
  entry('run', 'Run a program in a VM of its own', () => import('./commands/run.ts')),
  entry('list', 'List the VMs', () => import('./commands/list.ts')),
  entry('status', 'Show what a VM is doing', () => import('./commands/status.ts')),
  entry('logs', 'Show what the program of a VM wrote', () => import('./commands/logs.ts')),
  entry('exec', 'Run another program in a VM', () => import('./commands/exec.ts')),
  entry('signal', 'Send a signal to the program of a VM', () => import('./commands/signal.ts')),
  entry('pause', 'Freeze a VM', () => import('./commands/pause.ts')),
  entry('resume', 'Let a frozen VM go on', () => import('./commands/resume.ts')),
  entry(
    'snapshot',
    'Write a VM to files, to be brought back by run --snapshot',
    () => import('./commands/snapshot.ts'),
  ),
  entry('destroy', 'Remove a VM, its log and its files', () => import('./commands/destroy.ts')),
];
