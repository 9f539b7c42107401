import type { DaemonSpec, ProgramSpec, Signal } from '@duende/core/contract';
import { hostVariables, linuxSignalNumbers, PlatformError } from '@duende/core/contract';
import type { CgroupPlan } from './cgroup-plan.ts';
import { cgroupStepFrame, type Frame } from './config-frame.ts';
import type { Identity } from './identity.ts';
import { defaultPath } from './program.ts';

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

function numbers({ spec, identity, keepLog }: RenderInput): Record<string, number | undefined> {
  const { restart, health, resources, logs } = spec;
  return {
    uid: identity.uid,
    gid: identity.gid,
    open_files: resources.openFilesMax,
    lock_memory: resources.lockMemory,
    no_new_privileges: spec.sandbox.noNewPrivileges ? 1 : 0,
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
    log_max_size: logs.maxSize,
    log_files: logs.files,
    keep_log: keepLog ? 1 : 0,
    health_type: health ? healthTypes[health.type] : 0,
    health_interval: health?.interval,
    health_timeout: health?.timeout,
    health_retries: health?.retries,
    health_start_period: health?.startPeriod,
  };
}

/** The supervisor connects by itself and resolves no names: an address, or `localhost`. */
function address(host: string, field: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (bare === 'localhost') return '127.0.0.1';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(bare) || bare.includes(':')) return bare;
  throw new PlatformError(
    'Config',
    `${field}: Native checks only addresses and localhost, got ${JSON.stringify(host)}`,
    {
      reason: 'invalid-setting',
      platform: 'native',
      operation: 'spawn',
      field,
      hint: 'Give the address, such as 127.0.0.1, or use a command check',
    },
  );
}

function healthFrames(spec: DaemonSpec, commandFile: string | undefined): Frame[] {
  const { health } = spec;
  if (!health) return [];
  if (health.type === 'command') {
    const [, ...rest] = health.command;
    return [commandFile as string, ...rest].map((argument): Frame => ['healthArgument', argument]);
  }
  if (health.type === 'tcp') {
    return [
      ['healthHost', address(health.host, 'health.host')],
      ['number', `health_port=${health.port}`],
    ];
  }
  const url = new URL(health.url);
  const request = `GET ${url.pathname}${url.search} HTTP/1.0\r\nHost: ${url.host}\r\nUser-Agent: duende\r\nConnection: close\r\n\r\n`;
  return [
    ['healthHost', address(url.hostname, 'health.url')],
    ['number', `health_port=${url.port || 80}`],
    ['healthRequest', request],
  ];
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
  const argv0 = 'program' in spec ? (spec as ProgramSpec).program : input.program.file;
  return [
    ['name', spec.name],
    ['bootId', input.bootId],
    ['spec', JSON.stringify(spec)],
    ['program', input.program.file],
    ['cwd', spec.cwd ?? '/'],
    ...[argv0, ...input.program.args].map((argument): Frame => ['argument', argument]),
    ...Object.entries(renderEnvironment(input)).map(
      ([name, value]): Frame => ['variable', `${name}=${value}`],
    ),
    ...Object.entries(numbers(input)).flatMap(([name, value]): Frame[] =>
      value === undefined ? [] : [['number', `${name}=${value}`]],
    ),
    ...input.identity.groups.map((gid): Frame => ['group', String(gid)]),
    ...cgroups.steps.map(cgroupStepFrame),
    ...cgroups.processes.map((file): Frame => ['cgroup', file]),
    ...(cgroups.oomFile === undefined ? [] : [['oomFile', cgroups.oomFile] as Frame]),
    ...healthFrames(spec, healthCommand),
  ];
}
