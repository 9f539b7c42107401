import { findPackageJSON } from 'node:module';

/** Whether a package can be imported from here, without importing it. */
export function isInstalled(packageName: string): boolean {
  // Under Yarn's Plug'n'Play packages are not in folders: only importing tells.
  if (process.versions.pnp !== undefined) return true;
  try {
    return findPackageJSON(packageName, import.meta.url) !== undefined;
  } catch {
    return false;
  }
}
