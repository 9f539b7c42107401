import { realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configError } from './error.ts';
import type { Platform } from './platform.ts';
import type { ModuleSpec } from './spec-types.ts';

/** The environment variables between an adapter and the daemon host. The host takes them out of `process.env`. */
export const hostVariables = {
  /** The daemon's name. */
  name: 'DUENDE_NAME',
  /** The platform that runs it. */
  platform: 'DUENDE_PLATFORM',
  /** ctx.config before validation, as JSON. In the environment, since argv can be read by every user. */
  config: 'DUENDE_CONFIG',
  /** Milliseconds that shutdown may take. */
  stopTimeout: 'DUENDE_STOP_TIMEOUT',
  /** `http://127.0.0.1:PORT/path`: where the host answers health probes when the module has `health`. */
  healthUrl: 'DUENDE_HEALTH_URL',
  /** A file descriptor open for writing that takes sd_notify(3) lines: `READY=1\n`. */
  notifyFd: 'DUENDE_NOTIFY_FD',
  /** `file:` URL of the module @duende/notify, which sends to $NOTIFY_SOCKET when there is no notifyFd. */
  notifyModule: 'DUENDE_NOTIFY_MODULE',
} as const;

/** The file of the module, absolute. @throws PlatformError Config naming `module`. */
export function resolveModule(spec: ModuleSpec, base: string = process.cwd()): string {
  const path = spec.module.startsWith('file:') ? fileURLToPath(spec.module) : spec.module;
  const file = isAbsolute(path) ? path : resolve(base, path);
  try {
    if (statSync(file).isFile()) return realpathSync(file);
  } catch (cause) {
    throw configError(`module: cannot read ${file}: ${(cause as NodeJS.ErrnoException).code}`, {
      field: 'module',
      operation: 'spawn',
      hint: 'Give the path of a module whose default export is defineDaemon({ ... })',
      cause,
    });
  }
  throw configError(`module: ${file} is not a file`, { field: 'module', operation: 'spawn' });
}

export interface ModuleCommandOptions {
  /**
   * Where the host finds @duende/notify on a platform that gives it $NOTIFY_SOCKET: what
   * `import.meta.resolve('@duende/notify')` says in the adapter. Without it the host looks for it by name.
   */
  readonly notifyModule?: string;
}

/** The Node program that runs a module daemon on the machine that this process runs on. */
export function moduleCommand(
  spec: ModuleSpec,
  platform: Platform,
  options: ModuleCommandOptions = {},
): { program: string; args: string[]; env: Record<string, string> } {
  // By name, since this file is bundled into adapters too.
  const host = createRequire(import.meta.url).resolve('@duende/core/host-main');
  const env: Record<string, string> = {
    [hostVariables.name]: spec.name,
    [hostVariables.platform]: platform,
    [hostVariables.stopTimeout]: String(spec.stopTimeout),
  };
  if (spec.config !== undefined) env[hostVariables.config] = JSON.stringify(spec.config);
  if (spec.health?.type === 'http') env[hostVariables.healthUrl] = spec.health.url;
  if (options.notifyModule !== undefined) env[hostVariables.notifyModule] = options.notifyModule;
  return { program: process.execPath, args: [host, resolveModule(spec)], env };
}
