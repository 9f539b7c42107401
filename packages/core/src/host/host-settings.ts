import { detectPlatform } from '../detect.ts';
import { hostVariables } from '../module-command.ts';
import { isPlatform, type Platform } from '../platform.ts';
import { configProblem } from './host-error.ts';
import { type ServiceManager, takeServiceManager } from './service-manager.ts';

/** What an adapter has told the host through the environment. */
export interface HostSettings {
  readonly name?: string;
  readonly platform: Platform;
  /** JSON text, not parsed yet. */
  readonly config?: string;
  readonly stopTimeout: number;
  readonly healthUrl?: string;
  readonly notifyFd?: number;
  readonly notifyModule?: string;
  readonly serviceManager: ServiceManager;
}

/** As in the spec's schema: what a daemon that was started by hand has. */
export const defaultStopTimeout = 10_000;

/**
 * Takes the host's variables and those of a service manager out of the environment, so that neither the daemon nor its
 * children see them.
 * @throws HostError (78) when one of the numbers is none.
 */
export function takeSettings(env: NodeJS.ProcessEnv): HostSettings {
  const taken: Partial<Record<keyof typeof hostVariables, string>> = {};
  for (const [key, variable] of Object.entries(hostVariables)) {
    const value = env[variable];
    delete env[variable];
    if (value !== undefined && value !== '') taken[key as keyof typeof hostVariables] = value;
  }
  const { name, platform, config, healthUrl, notifyModule } = taken;
  const serviceManager = takeServiceManager(env, process.pid);
  const stopTimeout = count(hostVariables.stopTimeout, taken.stopTimeout);
  const notifyFd = count(hostVariables.notifyFd, taken.notifyFd);
  return {
    platform: isPlatform(platform) ? platform : detectPlatform(),
    stopTimeout: stopTimeout ?? defaultStopTimeout,
    serviceManager,
    ...(name !== undefined && { name }),
    ...(config !== undefined && { config }),
    ...(healthUrl !== undefined && { healthUrl }),
    ...(notifyFd !== undefined && { notifyFd }),
    ...(notifyModule !== undefined && { notifyModule }),
  };
}

function count(variable: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw configProblem(`${variable}: expected a number, got ${JSON.stringify(text.slice(0, 40))}`);
}

/** @throws HostError (78) when it is not JSON. */
export function parseConfigText(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw configProblem(`${hostVariables.config} is not JSON: ${(cause as Error).message}`, cause);
  }
}
