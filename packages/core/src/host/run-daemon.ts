import { resolve } from 'node:path';
import type { z } from 'zod';
import type { DefinedDaemon } from '../define.ts';
import type { Platform } from '../platform.ts';
import { chooseNotifier } from './choose-notifier.ts';
import type { AnyDefinition } from './context.ts';
import { HostError, hostExit } from './host-error.ts';
import { defaultStopTimeout, type HostSettings, parseConfigText, takeSettings } from './host-settings.ts';
import { runLifecycle } from './lifecycle.ts';
import { createLog, type LogOutput } from './log.ts';
import { serveHealth } from './node-health.ts';
import { createNodeOutput } from './node-output.ts';
import { createProcessSignals, quitByDefault } from './node-signals.ts';
import type { Notifier } from './notifier.ts';
import type { HostRuntime } from './runtime.ts';
import { createSignalSource, type SignalSource } from './signals.ts';

export interface RunOptions {
  /** Configuration before validation, or a function that reads it: at the start and at each HUP. */
  readonly config?: unknown;
  readonly name?: string;
  readonly platform?: Platform;
  /** Milliseconds that the end may take, 10 000 without it. */
  readonly stopTimeout?: number;
  /** `http://HOST:PORT/PATH` where health probes are answered; port 0 takes a free one. */
  readonly healthUrl?: string;
  /** Called with the health address once it is served. */
  readonly onHealthListening?: (url: string) => void;
  /** Takes log lines instead of stdout and stderr. */
  readonly output?: LogOutput;
  readonly notifier?: Notifier;
  /** Gives signals instead of the process; see `createSignalSource`. */
  readonly signals?: SignalSource;
  /**
   * True (the default): the daemon is this process. It takes the process's signals, uncaught errors and DUENDE_*
   * variables, and the process exits with its exit code. False: the process is left alone, as tests want it.
   */
  readonly ownProcess?: boolean;
}

/** Runs a daemon in this process. Resolves with its exit code, or not at all when it owns the process. */
export function runDaemon<Schema extends z.ZodType>(
  definition: DefinedDaemon<Schema>,
  options: RunOptions = {},
): Promise<number> {
  const named = { name: definition.name, ...options };
  return runHost(() => definition as unknown as AnyDefinition, named);
}

/**
 * `load` brings the definition once everything that could go wrong with it can be reported. `file` is the daemon's own,
 * from which packages are found.
 */
export async function runHost(
  load: () => AnyDefinition | Promise<AnyDefinition>,
  options: RunOptions,
  file = process.argv[1],
): Promise<number> {
  // First of all: until then a signal would have its default action.
  const own = options.ownProcess === false ? undefined : createProcessSignals();
  const node = own ? createNodeOutput() : undefined;
  const output = options.output ?? (node ?? createNodeOutput()).write;
  // A daemon that only waits for an event that is no handle of the event loop must not end the process.
  const alive = setInterval(() => {}, 2 ** 30);
  let exitCode: number = hostExit.failed;
  try {
    const settings = readSettings(own !== undefined, output, options);
    if (settings) {
      const runtime = createRuntime(settings, options, output, own, file);
      exitCode = await runLifecycle(load, runtime);
      if (!options.notifier) await runtime.notifier.close?.();
    } else {
      exitCode = hostExit.config;
    }
  } finally {
    clearInterval(alive);
  }
  if (!own) return exitCode;
  await node?.flush();
  process.exit(exitCode);
}

function readSettings(isOwn: boolean, output: LogOutput, options: RunOptions): HostSettings | undefined {
  try {
    return takeSettings(isOwn ? process.env : {});
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    createLog(options.name ?? 'unknown', output).error(error.message);
    return undefined;
  }
}

function createRuntime(
  settings: HostSettings,
  options: RunOptions,
  output: LogOutput,
  own: ReturnType<typeof createProcessSignals> | undefined,
  file: string | undefined,
): HostRuntime {
  const name = settings.name ?? options.name ?? 'daemon';
  const log = createLog(name, output);
  const { watchdogTimeout } = settings.serviceManager;
  const healthUrl = options.healthUrl ?? settings.healthUrl;
  let fromEnvironment: { value: unknown } | undefined;
  return {
    name,
    log,
    platform: options.platform ?? settings.platform,
    stopTimeout: options.stopTimeout ?? settings.stopTimeout ?? defaultStopTimeout,
    sockets: settings.serviceManager.sockets,
    ...(watchdogTimeout !== undefined && { watchdogTimeout }),
    notifier:
      options.notifier ??
      chooseNotifier(settings, file === undefined ? [] : [resolve(file)], (text) => log.warn(text)),
    signals: options.signals ?? own ?? createSignalSource(),
    now: () => performance.now(),
    after(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    readConfig() {
      if (typeof options.config === 'function') return options.config();
      if (options.config !== undefined) return options.config;
      fromEnvironment ??= { value: parseConfigText(settings.config) };
      return fromEnvironment.value;
    },
    async serveHealth(answer) {
      if (healthUrl === undefined) return undefined;
      return await serveHealth(healthUrl, answer, (url) => {
        log.debug('answering health probes', { url });
        options.onHealthListening?.(url);
      });
    },
    ...(own && {
      onUncaught(listener: (error: unknown) => void) {
        process.on('uncaughtException', listener);
        return () => process.off('uncaughtException', listener);
      },
      quit: () => quitByDefault(() => own.detach()),
    }),
  };
}
