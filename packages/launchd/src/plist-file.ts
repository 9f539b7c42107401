import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context, Operation } from './daemon.ts';
import { failure } from './daemon.ts';
import type { Domain } from './domain.ts';
import { labelOf } from './label.ts';

/** Where launchd looks at boot or login. */
export const installDirectory = (domain: Domain): string =>
  domain === 'system' ? '/Library/LaunchDaemons' : join(homedir(), 'Library', 'LaunchAgents');

/** Of a daemon that is only spawned: in its own folder, where launchd never looks by itself. */
export const transientPlist = ({ state }: Context, name: string): string =>
  join(state.folder(name), `${labelOf(name)}.plist`);

export const installedPlist = ({ plistDirectory }: Context, name: string): string =>
  join(plistDirectory, `${labelOf(name)}.plist`);

/**
 * Writes a plist whole or not at all. launchd takes none that somebody else could change (122): it is the owner's, 0644; there is no secret
 * in it. @throws PlatformError permission-denied, engine-error
 */
export function writePlist(path: string, text: string, operation: Operation): void {
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(draft, text, { mode: 0o644, flag: 'wx' });
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    const { code = '' } = cause as NodeJS.ErrnoException;
    const denied = ['EACCES', 'EPERM', 'EROFS'].includes(code);
    const hint = denied ? 'Run duende as root for LaunchDaemons, or make that folder writable' : undefined;
    throw failure(
      operation,
      `Cannot write ${path}: ${code}`,
      denied ? 'permission-denied' : 'engine-error',
      hint,
      cause,
    );
  }
}
