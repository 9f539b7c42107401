import { execFile } from 'node:child_process';
import { linkSync, mkdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { failure, type Operation } from './daemon.ts';
import type { Scope } from './scope.ts';
import { unitNameOf } from './unit-name.ts';

/** Where an administrator's units are, systemd.unit(5), "Unit file load path". */
export function unitFilePath(name: string, scope: Scope, env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env.XDG_CONFIG_HOME;
  const config = xdg && isAbsolute(xdg) ? xdg : join(env.HOME || homedir(), '.config');
  return join(scope === 'system' ? '/etc/systemd/system' : join(config, 'systemd', 'user'), unitNameOf(name));
}

export const targetOf = (scope: Scope): string =>
  scope === 'system' ? 'multi-user.target' : 'default.target';

/** Writes the file as a whole or not at all. @throws PlatformError already-exists when there is one, permission-denied, engine-error */
export function writeUnitFile(path: string, text: string, operation: Operation): void {
  const draft = join(dirname(path), `.duende-${process.pid}-${Date.now()}`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, text, { mode: 0o644, flag: 'wx' });
    // link(2) fails when the name is there, rename(2) would replace it.
    linkSync(draft, path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw failure(
        operation,
        `There is a unit file ${path} already`,
        'already-exists',
        'Choose another name, or remove that file',
        cause,
      );
    }
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    throw failure(
      operation,
      `Cannot write the unit file ${path}: ${code}`,
      denied ? 'permission-denied' : 'engine-error',
      denied ? 'Run duende as root, or install with --scope user' : undefined,
      cause,
    );
  } finally {
    try {
      unlinkSync(draft);
    } catch {
      // It was not made.
    }
  }
}

export const removeUnitFile = (path: string): void => rmSync(path, { force: true });

/** What systemd-analyze(1) verify says against a unit file; empty when nothing. */
export function verifyUnitFile(path: string, scope: Scope): Promise<string> {
  const args = [...(scope === 'user' ? ['--user'] : []), '--man=no', '--generators=no', 'verify', path];
  return new Promise((resolve) => {
    execFile('systemd-analyze', args, (error, _stdout, stderr) => {
      const about = stderr.split('\n').filter((line) => line.includes('duende-'));
      if (error && 'code' in error && error.code === 'ENOENT') return resolve('');
      resolve(about.join('; ') || (error ? stderr.trim().split('\n')[0] || error.message : ''));
    });
  });
}
