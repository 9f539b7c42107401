import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { type Platform, PlatformError } from '@duende/core/contract';

/** What execvp(3) and systemd use when nothing else is said. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The first executable file of a name in the folders of a PATH; `undefined` when there is none. */
export function findInPath(name: string, path: string = process.env.PATH ?? defaultPath): string | undefined {
  const folder = path.split(':').find((folder) => isAbsolute(folder) && isExecutable(join(folder, name)));
  return folder === undefined ? undefined : join(folder, name);
}

export interface ResolveOptions {
  /** Of the error. */
  readonly platform: Platform;
  /** The daemon's PATH. */
  readonly path?: string | undefined;
  /** The daemon's folder; this process's without it. */
  readonly cwd?: string | undefined;
}

/**
 * The file to execute. A bare name is looked up in the daemon's PATH, else in the caller's (only to find the file: the
 * daemon does not get that variable); a relative path is taken from the daemon's folder.
 * @throws PlatformError SpawnFailed / exec-failed when a bare name is nowhere.
 */
export function resolveProgram(program: string, options: ResolveOptions): string {
  if (isAbsolute(program)) return program;
  if (program.includes('/')) return resolve(options.cwd ?? process.cwd(), program);
  const found = findInPath(program, options.path);
  if (found !== undefined) return found;
  throw new PlatformError('SpawnFailed', `No program ${JSON.stringify(program)} in PATH`, {
    reason: 'exec-failed',
    platform: options.platform,
    operation: 'spawn',
    field: 'program',
    hint: 'Install it, or give its whole path',
  });
}
