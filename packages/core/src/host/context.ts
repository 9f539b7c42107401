import type { z } from 'zod';
import type { DaemonContext, DaemonDefinition } from '../define.ts';
import { createMetrics } from './metrics.ts';
import type { HostRuntime } from './runtime.ts';
import type { SignalFeed } from './signals.ts';

export interface HostContext<Config> {
  readonly ctx: DaemonContext<Config>;
  setConfig(config: Config): void;
  /** Whether the platform was told that the daemon is ready. */
  isReady(): boolean;
}

/** What the functions of a definition are given. */
export function createContext<Config>(
  runtime: HostRuntime,
  initial: Config,
  signal: AbortSignal,
  signals: SignalFeed,
): HostContext<Config> {
  let config = initial;
  let isReady = false;
  const ctx: DaemonContext<Config> = {
    name: runtime.name,
    platform: runtime.platform,
    get config() {
      return config;
    },
    signal,
    signals,
    log: runtime.log,
    metrics: createMetrics(() => runtime.now()),
    ready() {
      if (isReady || signal.aborted) return;
      isReady = true;
      runtime.notifier.send({ state: 'ready' });
      runtime.log.info('ready');
    },
  };
  return {
    ctx,
    setConfig: (next) => {
      config = next;
    },
    isReady: () => isReady,
  };
}

/** A definition whose configuration has some type that the host need not know. */
export type AnyDefinition = DaemonDefinition<z.ZodType>;
