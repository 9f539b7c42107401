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
  /** What the daemon itself has said last about its status; empty when it has not. */
  statusText(): string;
}

/** What the functions of a definition are given. `onReady` is called once, when the daemon is ready. */
export function createContext<Config>(
  runtime: HostRuntime,
  initial: Config,
  signal: AbortSignal,
  signals: SignalFeed,
  onReady: () => void,
): HostContext<Config> {
  let config = initial;
  let isReady = false;
  let text = '';
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
      runtime.notifier.send({ state: 'ready', status: text || 'ready' });
      runtime.log.info('ready');
      onReady();
    },
    status(next) {
      text = String(next);
      runtime.notifier.send({ status: text });
    },
    sockets: runtime.sockets ?? [],
  };
  return {
    ctx,
    setConfig: (next) => {
      config = next;
    },
    isReady: () => isReady,
    statusText: () => text,
  };
}

/** A definition whose configuration has some type that the host need not know. */
export type AnyDefinition = DaemonDefinition<z.ZodType>;
