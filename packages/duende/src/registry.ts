import type { Platform } from '@duende/core/contract';

/** The package and the exported class of each platform's adapter, in the order in which tables show them. */
export const adapterRegistry = {
  native: ['@duende/native', 'NativeAdapter'],
  linux: ['@duende/systemd', 'SystemdAdapter'],
  macos: ['@duende/launchd', 'LaunchdAdapter'],
  container: ['@duende/container', 'ContainerAdapter'],
  pepita: ['@duende/pepita', 'PepitaAdapter'],
  wos: ['@duende/wos', 'WosAdapter'],
} as const satisfies Record<Platform, readonly [packageName: string, className: string]>;

/** Every platform that has a row in the registry; asking them in this order asks the cheap ones first. */
export const registeredPlatforms = Object.keys(adapterRegistry) as readonly Platform[];
