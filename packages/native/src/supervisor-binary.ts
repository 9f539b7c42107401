import { accessSync, chmodSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where a prebuilt supervisor is shipped for: statically linked, so that it runs on every Linux of that processor. */
export const prebuiltTargets: readonly string[] = ['linux-x64', 'linux-arm64'];

/** The prebuilt supervisor of a machine, `linux-x64`; `undefined` when none is shipped for it. */
export function findPrebuilt(target: string): string | undefined {
  if (!prebuiltTargets.includes(target)) return undefined;
  const path = fileURLToPath(new URL(`../prebuilt/${target}/duende-supervise`, import.meta.url));
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return restoreMode(path);
  }
}

/** Some package managers and archives drop the executable bit. */
function restoreMode(path: string): string | undefined {
  try {
    chmodSync(path, 0o755);
    return path;
  } catch {
    return undefined;
  }
}
