import { PlatformError } from './error.ts';
import { isDaemonName } from './name.ts';
import { isPlatform, type Platform } from './platform.ts';

/** What each platform needs to find a daemon again. Plain JSON. */
export type HandleData =
  | { readonly kind: 'native'; readonly pid: number }
  | { readonly kind: 'systemd'; readonly unitName: string; readonly scope?: 'user' | 'system' }
  | { readonly kind: 'launchd'; readonly label: string; readonly domain?: 'gui' | 'user' | 'system' }
  | { readonly kind: 'container'; readonly runtime: string; readonly containerId: string }
  | { readonly kind: 'pepita'; readonly vmId: string; readonly vsockCid: number }
  | { readonly kind: 'wos'; readonly pid: number };

/** Names one daemon on one platform. Versioned plain JSON: any process that holds it can do everything with it. */
export interface DaemonHandle {
  readonly version: 1;
  readonly name: string;
  readonly platform: Platform;
  /** Unique for each spawn, so that a handle never means a later daemon of the same name. */
  readonly id: string;
  readonly data: HandleData;
}

const kinds: Readonly<Record<HandleData['kind'], Platform>> = {
  native: 'native',
  systemd: 'linux',
  launchd: 'macos',
  container: 'container',
  pepita: 'pepita',
  wos: 'wos',
};

/**
 * Reads a handle that came from JSON.
 * @throws PlatformError Config / invalid-setting when it is not a handle of a version this package knows.
 */
export function parseHandle(value: unknown): DaemonHandle {
  const handle = value as Partial<DaemonHandle> | null;
  const fail = (why: string): never => {
    throw new PlatformError('Config', `This is not a daemon handle: ${why}`, {
      reason: 'invalid-setting',
      hint: 'Pass the JSON that `duende spawn --json` printed, or the object that spawn() resolved with',
    });
  };
  if (typeof handle !== 'object' || handle === null) return fail('expected an object');
  if (handle.version !== 1) return fail(`expected version 1, got ${JSON.stringify(handle.version)}`);
  if (typeof handle.name !== 'string' || !isDaemonName(handle.name)) {
    return fail(`expected the name of a daemon, got ${JSON.stringify(handle.name)?.slice(0, 80)}`);
  }
  if (typeof handle.id !== 'string') return fail('expected a string in id');
  if (!isPlatform(handle.platform)) return fail(`unknown platform ${JSON.stringify(handle.platform)}`);
  const kind = handle.data?.kind;
  if (kind === undefined || kinds[kind] !== handle.platform) {
    return fail(`data of kind ${JSON.stringify(kind)} does not belong to platform ${handle.platform}`);
  }
  return handle as DaemonHandle;
}
