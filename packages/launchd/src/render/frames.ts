import { type DaemonSpec, hostVariables, linuxSignalNumbers, type ProgramSpec } from '@duende/core/contract';
import {
  type Frame as AnyFrame,
  defaultPath,
  healthFrames,
  healthPort,
  type Identity,
} from '@duende/program';

/** The tags of the native supervisor's configuration, which the job's program reads (@duende/native, supervisor/perl/Settings.pm). */
export const frameTags = {
  base: 1,
  name: 2,
  id: 3,
  spec: 4,
  program: 5,
  argument: 6,
  variable: 7,
  cwd: 8,
  number: 9,
  group: 10,
  healthArgument: 13,
  healthHost: 14,
  healthRequest: 15,
  bootId: 17,
} as const;

export type Frame = AnyFrame<keyof typeof frameTags>;

export interface FramesInput {
  readonly id: string;
  readonly spec: DaemonSpec;
  readonly program: {
    readonly file: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  };
  readonly identity: Identity;
  /** The file of a command check. */
  readonly healthCommand?: string | undefined;
}

const healthTypes = { command: 1, http: 2, tcp: 3 } as const;

/** The whole environment of the daemon: nothing of the caller's is in it. */
export function daemonEnvironment({ id, spec, program, identity }: FramesInput): Record<string, string> {
  const { account } = identity;
  return {
    PATH: defaultPath,
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    SHELL: account.shell,
    [hostVariables.name]: spec.name,
    [hostVariables.platform]: 'macos',
    DUENDE_ID: id,
    ...(spec.readiness === 'notify' ? { [hostVariables.notifyFd]: '3', NOTIFY_SOCKET: `@duende-${id}` } : {}),
    ...program.env,
    ...spec.env,
  };
}

/** One run a job: whether there is another one is launchd's to decide, so the policy is none here. */
function numbers({ spec, identity }: FramesInput): Record<string, number | undefined> {
  const { health, logs } = spec;
  return {
    uid: identity.uid,
    gid: identity.gid,
    restart_policy: 0,
    stop_signal: linuxSignalNumbers[spec.stopSignal],
    stop_timeout: spec.stopTimeout,
    start_timeout: spec.startTimeout,
    notify: spec.readiness === 'notify' ? 1 : 0,
    log_max_size: logs.maxSize,
    log_files: logs.files,
    keep_log: 1,
    health_type: health && healthTypes[health.type],
    health_interval: health?.interval,
    health_timeout: health?.timeout,
    health_retries: health?.retries,
    health_start_period: health?.startPeriod,
    health_port: health && health.type !== 'command' ? healthPort(spec) : undefined,
  };
}

/** Pure: the two blocks that the job's program reads each time that it starts. */
export function jobFrames(base: string, input: FramesInput): [place: Frame[], rest: Frame[]] {
  const { id, spec, program, identity } = input;
  const rest: Frame[] = [
    ['name', spec.name],
    // It looks for itself, since an installed job outlives the boot that it was made in.
    ['bootId', '-'],
    ['spec', JSON.stringify(spec)],
    ['program', program.file],
    ['cwd', spec.cwd ?? '/'],
    ['argument', 'program' in spec ? (spec as ProgramSpec).program : program.file],
  ];
  for (const argument of program.args) rest.push(['argument', argument]);
  for (const [name, value] of Object.entries(daemonEnvironment(input)))
    rest.push(['variable', `${name}=${value}`]);
  for (const [name, value] of Object.entries(numbers(input))) {
    if (value !== undefined) rest.push(['number', `${name}=${value}`]);
  }
  for (const gid of identity.groups) rest.push(['group', String(gid)]);
  if (spec.health) rest.push(...healthFrames(spec, input.healthCommand, 'macos'));
  return [
    [
      ['base', base],
      ['id', id],
    ],
    rest,
  ];
}
