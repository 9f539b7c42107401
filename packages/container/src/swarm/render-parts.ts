import type { DaemonSpec } from '@duende/core/contract';
import type { ContainerSettings, SwarmSettings } from '../settings.ts';
import type { UpdateConfig } from './api.ts';

/** The API counts in nanoseconds. */
export const nanoseconds = (milliseconds: number): number => Math.round(milliseconds * 1e6);

const conditions = {
  never: 'none',
  'on-failure': 'on-failure',
  always: 'any',
  'unless-stopped': 'any',
} as const;

export function restartPolicy({ restart }: DaemonSpec): object {
  const Condition = conditions[restart.policy];
  if (Condition === 'none') return { Condition };
  return {
    Condition,
    Delay: nanoseconds(restart.delay),
    MaxAttempts: restart.maxRestarts,
    Window: nanoseconds(restart.window),
  };
}

export function limits({ resources }: DaemonSpec): object | undefined {
  const { cpuQuota, memoryMax, pidsMax } = resources;
  const values = {
    ...(cpuQuota === undefined ? {} : { NanoCPUs: Math.round(cpuQuota * 1e9) }),
    ...(memoryMax === undefined ? {} : { MemoryBytes: memoryMax }),
    ...(pidsMax === undefined ? {} : { Pids: pidsMax }),
  };
  return Object.keys(values).length > 0 ? values : undefined;
}

export function ulimits({ resources }: DaemonSpec): object[] {
  const limit = (Name: string, value: number | undefined) =>
    value === undefined ? [] : [{ Name, Soft: value, Hard: value }];
  return [...limit('nofile', resources.openFilesMax), ...limit('memlock', resources.lockMemory)];
}

/** `NONE`: what an image brings was not asked for. */
export function healthcheck({ health }: DaemonSpec): object {
  if (health?.type !== 'command') return { Test: ['NONE'] };
  return {
    Test: ['CMD', ...health.command],
    Interval: nanoseconds(health.interval),
    Timeout: nanoseconds(health.timeout),
    Retries: health.retries,
    StartPeriod: nanoseconds(health.startPeriod),
  };
}

export function mounts({ mounts, tmpfs }: ContainerSettings): object[] {
  return [
    ...mounts.map(({ source, target, readOnly }) => ({
      Type: 'bind',
      Source: source,
      Target: target ?? source,
      ReadOnly: readOnly,
    })),
    ...tmpfs.map((Target) => ({ Type: 'tmpfs', Target })),
  ];
}

/** Without one tasks are on the engine's bridge: swarm has no network `none`. */
export function networks({ sandbox }: DaemonSpec, { network }: ContainerSettings): object[] {
  const Target = network ?? (sandbox.network === 'host' ? 'host' : undefined);
  return Target === undefined ? [] : [{ Target }];
}

export function ports({ ports }: ContainerSettings): object | undefined {
  if (ports.length === 0) return undefined;
  return {
    Ports: ports.map(({ container, host, protocol }) => ({
      Protocol: protocol,
      TargetPort: container,
      PublishedPort: host ?? container,
      PublishMode: 'host',
    })),
  };
}

export function updateConfig(swarm: SwarmSettings): UpdateConfig {
  return {
    Parallelism: swarm.updateParallelism,
    Delay: nanoseconds(swarm.updateDelay),
    Order: swarm.updateOrder,
    FailureAction: swarm.updateFailureAction,
  };
}

/** A rollback cannot be rolled back. */
export function rollbackConfig(swarm: SwarmSettings): UpdateConfig {
  const { FailureAction, ...same } = updateConfig(swarm);
  return { ...same, FailureAction: FailureAction === 'continue' ? 'continue' : 'pause' };
}
