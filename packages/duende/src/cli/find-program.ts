import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { type Platform, PlatformError } from '@duende/core/contract';
import { quote } from './arguments.ts';

/** Platforms whose programs are files of this machine. On the others a bare name means something inside of them. */
const hostPlatforms: readonly Platform[] = ['native', 'linux', 'macos'];

/**
 * The program that CMD means: a path of the current folder when it has a slash; else looked up in PATH, as a shell does.
 * @throws PlatformError SpawnFailed / exec-failed when PATH has none.
 */
export function findProgram(
  command: string,
  platform: Platform,
  cwd: string,
  env: NodeJS.ProcessEnv,
): string {
  if (isAbsolute(command)) return command;
  if (command.includes('/')) return resolve(cwd, command);
  if (command === '' || !hostPlatforms.includes(platform)) return command;
  // An empty entry of PATH is the current folder (POSIX, XBD 8.3).
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const candidate = join(resolve(cwd, folder), command);
    if (isExecutable(candidate)) return candidate;
  }
  throw new PlatformError('SpawnFailed', `There is no program ${quote(command)} in PATH`, {
    reason: 'exec-failed',
    platform,
    operation: 'spawn',
    hint: 'Install it, or give its path',
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
