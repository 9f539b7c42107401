import { homedir } from 'node:os';
import { isAbsolute, join, normalize } from 'node:path';
import { configError } from './error.ts';

/**
 * Where state that no platform keeps lives: `$DUENDE_STATE_DIR`, else `duende` in the XDG state folder
 * (`$XDG_STATE_HOME`, default `~/.local/state`; XDG Base Directory 0.8), on macOS in Application Support.
 * @throws PlatformError Config when `$DUENDE_STATE_DIR` is relative, or in /proc.
 */
export function stateDirectory(
  env: NodeJS.ProcessEnv = process.env,
  os: NodeJS.Platform = process.platform,
): string {
  const own = env.DUENDE_STATE_DIR;
  if (own) {
    // Node's recursive mkdir never returns there: the kernel says ENOENT for a folder whose parent is there.
    if (os === 'linux' && /^\/proc(\/|$)/.test(normalize(own)))
      throw configError(`DUENDE_STATE_DIR is ${own}, and /proc takes no files: give a folder on a disk`, {
        field: 'DUENDE_STATE_DIR',
      });
    if (isAbsolute(own)) return own;
    throw configError(`DUENDE_STATE_DIR must be an absolute path, got ${JSON.stringify(own)}`, {
      field: 'DUENDE_STATE_DIR',
    });
  }
  const home = env.HOME || homedir();
  if (os === 'darwin') return join(home, 'Library', 'Application Support', 'duende');
  if (os === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'duende');
  const xdg = env.XDG_STATE_HOME;
  // The specification says that a relative path is to be ignored.
  return join(xdg && isAbsolute(xdg) ? xdg : join(home, '.local', 'state'), 'duende');
}
