import type { Platform } from '@duende/core';
import {
  createLog,
  createSignalSource,
  formatNotify,
  type HealthAnswer,
  HostError,
  type HostRuntime,
  hostExit,
} from '@duende/core/host';
import { host, hostText } from './host.ts';
import { process } from './process.ts';
import { clear, setTimeout } from './timers.ts';
import { onUncaught } from './uncaught.ts';

export interface GuestOptions {
  /** Of the log, when the environment has none. */
  readonly name: string;
  /** What the module is called in errors. */
  readonly label: string;
}

/** As in the spec's schema. */
const defaultStopTimeout = 10_000;

/** As `hostVariables` of @duende/core, which is not imported for its Node modules. */
function take(name: string): string | undefined {
  const value = process.env[name];
  delete process.env[name];
  return value === '' ? undefined : value;
}

function readStopTimeout(text: string | undefined): number {
  if (text === undefined) return defaultStopTimeout;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new HostError(
    `DUENDE_STOP_TIMEOUT: expected a number, got ${JSON.stringify(text.slice(0, 40))}`,
    hostExit.config,
  );
}

function parseConfig(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HostError(`DUENDE_CONFIG is not JSON: ${(cause as Error).message}`, hostExit.config, cause);
  }
}

export const signals = createSignalSource();
let answerHealth: (() => Promise<HealthAnswer>) | undefined;

/** The kernel asks; it is answered when `health` has been. */
export async function receiveHealth(id: number): Promise<void> {
  const answer = await answerHealth?.();
  hostText('health', id, JSON.stringify(answer ?? null));
}

/** What the lifecycle of @duende/core needs, from the kernel. @throws HostError (78) when a setting is wrong */
export function createRuntime(log: HostRuntime['log'], name: string): HostRuntime {
  const config = take('DUENDE_CONFIG');
  const healthUrl = take('DUENDE_HEALTH_URL');
  const stopTimeout = readStopTimeout(take('DUENDE_STOP_TIMEOUT'));
  let parsed: { value: unknown } | undefined;
  return {
    name,
    platform: 'wos' as Platform,
    stopTimeout,
    log,
    signals,
    notifier: { send: (message) => void hostText('notify', formatNotify(message)) },
    now: () => performance.now(),
    after(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds);
      return () => clear(timer);
    },
    readConfig() {
      parsed ??= { value: parseConfig(config) };
      return parsed.value;
    },
    onUncaught,
    async serveHealth(answer) {
      answerHealth = answer;
      if (healthUrl !== undefined) {
        try {
          host('health-listen', healthUrl);
        } catch (error) {
          throw new HostError(`Cannot answer health probes at ${healthUrl}: ${(error as Error).message}`);
        }
      }
      return async () => {
        answerHealth = undefined;
        hostText('health-close');
      };
    },
    quit: () => void hostText('die', 'QUIT'),
  };
}

/** The log of a daemon, on stdout and stderr. */
export function createGuestLog(name: string | undefined, fallback: string) {
  const named = name ?? fallback;
  const log = createLog(
    named,
    (line, stream) => void hostText('write', stream === 'stdout' ? 1 : 2, `${line}\n`),
  );
  return { log, name: named };
}

export const takeName = (): string | undefined => take('DUENDE_NAME');
export const takePlatform = (): string | undefined => take('DUENDE_PLATFORM');
