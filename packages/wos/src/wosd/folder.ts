import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { configError } from '@duende/core/contract';

/** Makes the folder, 0700, or makes it so. @throws PlatformError Config when it cannot be used */
export function makePrivateFolder(path: string): void {
  const refused = (why: string, cause?: unknown) =>
    configError(`The state folder ${path} cannot be used: ${why}`, {
      reason: 'permission-denied',
      platform: 'wos',
      hint: 'Set DUENDE_STATE_DIR to a folder of yours',
      cause,
    });
  let owner: number;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const stats = statSync(path);
    owner = stats.uid;
    if (owner === process.getuid?.() && (stats.mode & 0o777) !== 0o700) chmodSync(path, 0o700);
  } catch (error) {
    throw refused((error as Error).message, error);
  }
  // Who owns the folder could put another socket in the place of ours.
  if (owner !== process.getuid?.()) throw refused(`it belongs to user ${owner}`);
}
