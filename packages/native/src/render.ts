import type { DaemonSpec, ProgramSpec, Signal } from '@duende/core/contract';
import { hostVariables, linuxSignalNumbers } from '@duende/core/contract';
import type { Identity } from '@duende/program';
import { defaultPath, healthFrames, healthPort } from '@duende/program';
import type { CgroupPlan } from './cgroup-plan.ts';
import { cgroupStepFrame, type Frame } from './config-frame.ts';

/** What a supervisor needs besides the spec; everything in it has been looked up by the executor. */
export interface RenderInput {
  readonly id: string;
  readonly bootId: string;
  readonly spec: DaemonSpec;
  readonly program: {
    readonly file: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  };
  readonly identity: Identity;
  readonly cgroups: CgroupPlan;
  readonly keepLog: boolean;
}

const policies = { never: 0, 'on-failure': 1, always: 2, 'unless-stopped': 3 } as const;
const healthTypes = { command: 1, http: 2, tcp: 3 } as const;

/** The whole environment of the daemon: nothing of the caller's is in it. */
export function renderEnvironment(input: RenderInput): Record<string, string> {
  const { account } = input.identity;
  return {
    PATH: defaultPath,
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    SHELL: account.shell,
    [hostVariables.name]: input.spec.name,
    [hostVariables.platform]: 'native',
    DUENDE_ID: input.id,
    ...(input.spec.readiness === 'notify'
      ? { [hostVariables.notifyFd]: '3', NOTIFY_SOCKET: `@duende-${input.id}` }
      : {}),
    ...input.program.env,
    ...input.spec.env,
  };
}

function addNumber(frames: Frame[], name: string, value: number | undefined): void {
  if (value !== undefined) frames.push(['number', `${name}=${value}`]);
}

function addNumbers(frames: Frame[], { spec, identity, keepLog }: RenderInput): void {
  const { restart, health, resources, logs } = spec;
  addNumber(frames, 'uid', identity.uid);
  addNumber(frames, 'gid', identity.gid);
  addNumber(frames, 'open_files', resources.openFilesMax);
  addNumber(frames, 'lock_memory', resources.lockMemory);
  addNumber(frames, 'no_new_privileges', spec.sandbox.noNewPrivileges ? 1 : 0);
  addNumber(frames, 'restart_policy', policies[restart.policy]);
  addNumber(frames, 'restart_delay', restart.delay);
  addNumber(frames, 'restart_factor_milli', Math.round(restart.factor * 1000));
  addNumber(frames, 'restart_max_delay', restart.maxDelay);
  addNumber(frames, 'restart_max', restart.maxRestarts);
  addNumber(frames, 'restart_window', restart.window);
  addNumber(frames, 'stop_signal', linuxSignalNumbers[spec.stopSignal as Signal]);
  addNumber(frames, 'stop_timeout', spec.stopTimeout);
  addNumber(frames, 'start_timeout', spec.startTimeout);
  addNumber(frames, 'notify', spec.readiness === 'notify' ? 1 : 0);
  addNumber(frames, 'log_max_size', logs.maxSize);
  addNumber(frames, 'log_files', logs.files);
  addNumber(frames, 'keep_log', keepLog ? 1 : 0);
  if (!health) return;
  addNumber(frames, 'health_type', healthTypes[health.type]);
  addNumber(frames, 'health_interval', health.interval);
  addNumber(frames, 'health_timeout', health.timeout);
  addNumber(frames, 'health_retries', health.retries);
  addNumber(frames, 'health_start_period', health.startPeriod);
  if (health.type !== 'command') addNumber(frames, 'health_port', healthPort(spec));
}

/** What the supervisor needs first: where, and which. */
export function renderPlace(base: string, id: string): Frame[] {
  return [
    ['base', base],
    ['id', id],
  ];
}

/** Pure: spec in, configuration frames out. `healthCommand` is the file of a command check. */
export function renderFrames(input: RenderInput, healthCommand?: string): Frame[] {
  const { spec, cgroups } = input;
  const frames: Frame[] = [
    ['name', spec.name],
    ['bootId', input.bootId],
    ['spec', JSON.stringify(spec)],
    ['program', input.program.file],
    ['cwd', spec.cwd ?? '/'],
    ['argument', 'program' in spec ? (spec as ProgramSpec).program : input.program.file],
  ];
  for (const argument of input.program.args) frames.push(['argument', argument]);
  const environment = renderEnvironment(input);
  for (const name in environment) frames.push(['variable', `${name}=${environment[name]}`]);
  addNumbers(frames, input);
  for (const gid of input.identity.groups) frames.push(['group', String(gid)]);
  for (const step of cgroups.steps) frames.push(cgroupStepFrame(step));
  for (const file of cgroups.processes) frames.push(['cgroup', file]);
  if (cgroups.oomFile !== undefined) frames.push(['oomFile', cgroups.oomFile]);
  if (spec.health) frames.push(...healthFrames(spec, healthCommand, 'native'));
  return frames;
}
