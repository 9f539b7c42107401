import { type DaemonSpec, linuxSignalNumbers, type Platform, type Signal } from '@duende/core/contract';
import type { Frame } from './frames.ts';
import { healthFrames, healthPort } from './health.ts';
import { bootId } from './process-info.ts';

/** Of duende-init, and of the native supervisor, which it shares its configuration with. */
export const initTags = {
  name: 2,
  id: 3,
  program: 5,
  argument: 6,
  variable: 7,
  cwd: 8,
  number: 9,
  healthArgument: 13,
  healthHost: 14,
  healthRequest: 15,
  bootId: 17,
} as const;

export type InitFrame = Frame<keyof typeof initTags>;

export interface InitInput {
  readonly platform: Platform;
  readonly id: string;
  readonly spec: DaemonSpec;
  /** The program first: what is executed, then argv. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly healthCommand?: string | undefined;
  /** The engine too restarts the container, when it fails: nothing but an exit code 0 tells it that the end is meant. */
  readonly engineRestarts: boolean;
}

const policies = { never: 0, 'on-failure': 1, always: 2, 'unless-stopped': 3 } as const;
const healthTypes = { command: 1, http: 2, tcp: 3 } as const;

function numbers({ spec, engineRestarts }: InitInput): Record<string, number> {
  const { restart, health, logs } = spec;
  return {
    restart_policy: policies[restart.policy],
    restart_delay: restart.delay,
    restart_factor_milli: Math.round(restart.factor * 1000),
    restart_max_delay: restart.maxDelay,
    restart_max: restart.maxRestarts,
    restart_window: restart.window,
    stop_signal: linuxSignalNumbers[spec.stopSignal as Signal],
    stop_timeout: spec.stopTimeout,
    start_timeout: spec.startTimeout,
    notify: spec.readiness === 'notify' ? 1 : 0,
    // 2: with a copy to the engine.
    capture_log: 2,
    log_max_size: logs.maxSize,
    log_files: logs.files,
    ...(engineRestarts ? { engine_restarts: 1 } : {}),
    ...(health
      ? {
          health_type: healthTypes[health.type],
          health_interval: health.interval,
          health_timeout: health.timeout,
          health_retries: health.retries,
          health_start_period: health.startPeriod,
          ...(health.type === 'command' ? {} : { health_port: healthPort(spec) }),
        }
      : {}),
  };
}

/** Pure: what duende-init is told, whether it is in a container or in a VM. */
export function initFrames(input: InitInput): InitFrame[] {
  const { platform, id, spec, program, argv, healthCommand } = input;
  return [
    ['name', spec.name],
    ['id', id],
    ['bootId', bootId()],
    ['program', program],
    ['cwd', spec.cwd ?? '/'],
    ...argv.map((argument): InitFrame => ['argument', argument]),
    ...Object.entries(numbers(input)).map(([name, value]): InitFrame => ['number', `${name}=${value}`]),
    ...(spec.health ? healthFrames(spec, healthCommand, platform) : []),
  ];
}
