import { findDaemon } from './find-daemon.ts';
import { runHost } from './run-daemon.ts';

export interface RunModuleOptions {
  /** Of the log, until the environment or the module tells another. */
  readonly name: string;
  /** What the module is called in the error when it is no daemon module. */
  readonly label: string;
  /** From which packages of the host are found; the program of this process without it. */
  readonly file?: string;
}

/**
 * Runs the daemon that a module exports, as this process: for programs that have their module inside, such as bundles. `load`
 * imports it, once the host has its signal handlers and can report what the module throws.
 */
export function runModule(
  load: () => Promise<{ default?: unknown }>,
  { name, label, file }: RunModuleOptions,
): Promise<number> {
  return runHost(async () => findDaemon(await load(), label), { name }, file);
}
