import {
  configError,
  isPlatform,
  type Platform,
  type PlatformAdapter,
  platforms,
  platformTitles,
} from '@duende/core/contract';
import { adapterRegistry } from './registry.ts';

/** Imports a package by name; replaced in tests. */
export type Importer = (packageName: string) => Promise<unknown>;

export interface SelectAdapterOptions {
  /** Handed to the adapter's constructor: `{ scope: 'user' }` for systemd, `{ runtime: 'podman' }` for containers ... */
  readonly adapter?: Readonly<Record<string, unknown>>;
  readonly importer?: Importer;
}

/** Which of the managers or engines that a platform may have. */
export interface Place {
  /** Of systemd: `user` or `system`. */
  readonly scope?: string | undefined;
  /** Of launchd: `gui`, `user` or `system`. */
  readonly domain?: string | undefined;
  /** Of containers: `docker`, `podman` or `containerd`. */
  readonly runtime?: string | undefined;
  /** Of containers: where the engine is. */
  readonly host?: string | undefined;
  /** Of containers: told while an image is pulled or made. */
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** What of a place a platform's adapter takes. */
export function adapterOptions(
  platform: Platform,
  { scope, domain, ...container }: Place,
): Pick<SelectAdapterOptions, 'adapter'> {
  const places: Partial<Record<Platform, object>> = { linux: { scope }, macos: { domain }, container };
  const options = places[platform] ?? {};
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return given.length > 0 ? { adapter: Object.fromEntries(given) } : {};
}

const importPackage: Importer = (packageName) => import(packageName);

/** True when it is this very package that could not be found, and not something that it imports. */
function isMissing(error: unknown, packageName: string): boolean {
  if (!(error instanceof Error)) return false;
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') return false;
  return error.message.startsWith(`Cannot find package '${packageName}'`);
}

/**
 * The adapter of a platform. Its package is imported on demand, and no other platform is ever taken instead.
 * @throws PlatformError Config / unavailable when the package is not installed, naming it; Config / invalid-setting
 * for a name that is no platform; Config / engine-error, with its cause, when the package is broken.
 */
export async function selectAdapter(
  platform: Platform,
  options: SelectAdapterOptions = {},
): Promise<PlatformAdapter> {
  if (!isPlatform(platform)) {
    throw configError(`There is no platform ${JSON.stringify(platform)}`, {
      field: 'platform',
      operation: 'selectAdapter',
      hint: `Expected one of: ${platforms.join(', ')}`,
    });
  }
  const [packageName, className] = adapterRegistry[platform];
  const broken = (why: string, cause?: unknown) =>
    configError(`The adapter package ${packageName} is installed but cannot be used: ${why}`, {
      reason: 'engine-error',
      platform,
      operation: 'selectAdapter',
      hint: `Install it again: npm install ${packageName}`,
      cause,
    });
  let exports: Record<string, unknown>;
  try {
    exports = (await (options.importer ?? importPackage)(packageName)) as Record<string, unknown>;
  } catch (cause) {
    if (!isMissing(cause, packageName)) throw broken((cause as Error)?.message ?? String(cause), cause);
    throw configError(
      `${platformTitles[platform]} needs the package ${packageName}, which is not installed`,
      {
        reason: 'unavailable',
        platform,
        operation: 'selectAdapter',
        hint: `Install it: npm install ${packageName}`,
        cause,
      },
    );
  }
  const Adapter = exports[className];
  if (typeof Adapter !== 'function') throw broken(`it has no class ${className}`);
  return Reflect.construct(Adapter, options.adapter ? [options.adapter] : []) as PlatformAdapter;
}
