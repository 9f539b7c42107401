import { type DaemonSpec, hostVariables, linuxSignalNumbers } from '@duende/core/contract';
import type { Scope } from '../scope.ts';
import { command } from './command.ts';
import { resourceSettings } from './resources.ts';
import { sandboxSettings } from './sandbox.ts';
import { duration, other, quoteWord, type Setting, signalNumber, text } from './setting.ts';

/** What a unit needs besides the spec; everything in it has been looked up by the executor. */
export interface ServiceInput {
  readonly id: string;
  readonly spec: DaemonSpec;
  readonly scope: Scope;
  /** The helper that the unit executes, absolute. */
  readonly helper: string;
  /** The daemon's `unit` file, absolute. */
  readonly unitFile: string;
  /** Where the manager hears READY=1; a sandbox may hide it. */
  readonly notifySocket: string;
  /** Block devices that io limits are for, such as /dev/vda. */
  readonly devices: readonly string[];
}

const restartNames = {
  never: 'no',
  'on-failure': 'on-failure',
  always: 'always',
  'unless-stopped': 'always',
} as const;

/** Everybody may read this environment (systemctl show), so it holds nothing of the spec's; the id says whose unit it is. */
function environment({ id, spec }: ServiceInput): Setting {
  const values = [`DUENDE_ID=${id}`, `${hostVariables.name}=${spec.name}`, `${hostVariables.platform}=linux`];
  return other('Environment', values.map(quoteWord).join(' '), {
    name: 'Environment',
    signature: 'as',
    value: values,
  });
}

/** Both ends of one file: systemd opens it once for reading and writing, before it gives up privileges (systemd.exec(5)). */
function standardStreams(unitFile: string): Setting[] {
  const file = (key: 'StandardInput' | 'StandardOutput'): Setting => {
    const { text: escaped } = text(key, unitFile);
    return other(key, `file:${escaped}`, { name: `${key}File`, signature: 's', value: unitFile });
  };
  return [file('StandardInput'), file('StandardOutput'), text('StandardError', 'journal')];
}

function limits({ restart }: DaemonSpec): Setting[] {
  if (restart.policy === 'never') return [];
  const burst = restart.maxRestarts + 1;
  return [
    duration('RestartSec', Math.min(restart.delay, restart.maxDelay)),
    duration('StartLimitIntervalSec', restart.maxRestarts === 0 ? 0 : restart.window, 'Unit'),
    // systemd forgets its count when it is executed anew; the helper does not, and ends by this signal when it refuses a run.
    other('RestartPreventExitStatus', 'SIGRTMAX', {
      name: 'RestartPreventExitStatus',
      signature: '(aiai)',
      value: [[], [64]],
    }),
    other(
      'StartLimitBurst',
      String(burst),
      { name: 'StartLimitBurst', signature: 'u', value: burst },
      'Unit',
    ),
  ];
}

function identity({ user, group, cwd }: DaemonSpec): Setting[] {
  return [
    ...(user === undefined ? [] : [text('User', String(user))]),
    ...(group === undefined ? [] : [text('Group', String(group))]),
    ...(cwd === undefined ? [] : [text('WorkingDirectory', cwd)]),
  ];
}

/** Pure: spec in, settings of the service out, in the order in which a file shows them. */
export function serviceSettings(input: ServiceInput): Setting[] {
  const { spec, scope, helper } = input;
  return [
    text('Description', `Duende daemon ${spec.name}`, 'Unit'),
    ...limits(spec),
    text('Type', 'notify'),
    // The helper says READY=1 when the program is executed, or a process that waits for that does.
    text('NotifyAccess', 'all'),
    command({ key: 'ExecStart', path: helper, args: ['exec'] }),
    command({ key: 'ExecStopPost', path: helper, args: ['stopped'] }),
    environment(input),
    ...standardStreams(input.unitFile),
    ...identity(spec),
    text('Restart', restartNames[spec.restart.policy]),
    duration('TimeoutStartSec', spec.startTimeout),
    duration('TimeoutStopSec', spec.stopTimeout),
    text('KillMode', 'control-group'),
    signalNumber('KillSignal', spec.stopSignal, linuxSignalNumbers[spec.stopSignal]),
    // journald drops lines above its rate. 0 would mean its default here (unit_export_log_ratelimit_interval of v252); a larger
    // burst overflows when journald multiplies it (burst_modulate).
    duration('LogRateLimitIntervalSec', 1000),
    other('LogRateLimitBurst', '100000000', {
      name: 'LogRateLimitBurst',
      signature: 'u',
      value: 100_000_000,
    }),
    // No accounting beyond systemd's defaults: with cgroup v1 the groups for it cost more than the rest of a start.
    ...resourceSettings(spec.resources, input.devices),
    ...sandboxSettings(spec, scope, [helper, input.notifySocket]),
    // What the spec does not limit is not limited: the default is 15 % of the machine's.
    ...(spec.resources.pidsMax === undefined
      ? [other('TasksMax', 'infinity', { name: 'TasksMax', signature: 't', value: 2n ** 64n - 1n })]
      : []),
  ];
}
