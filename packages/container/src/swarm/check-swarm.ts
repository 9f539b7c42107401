import { configError, type DaemonSpec, type DaemonSpecInput } from '@duende/core/contract';
import type { ContainerSettings } from '../settings.ts';

type Refusal = readonly [field: string, why: string, hint: string];

export interface SwarmCheck {
  /** The spec as it was given: what has only its default is not refused. */
  readonly input?: DaemonSpecInput | undefined;
  /** The API that is spoken with the engine, `1.41`. */
  readonly api?: string | undefined;
}

const leaveOut = 'Leave it out, or leave platform.container.swarm out';

/** Whether an API is at least 1.`minor`. */
const atLeast = (api: string | undefined, minor: number): boolean => {
  const [major = 0, own = 0] = (api ?? '').split('.').map(Number);
  return major > 1 || own >= minor;
};

function* restart({ restart }: DaemonSpec, input: DaemonSpecInput | undefined): Generator<Refusal> {
  const given = input?.restart;
  const explicit = typeof given === 'object' ? given : {};
  const has = (name: 'factor' | 'maxDelay', usual: number): boolean =>
    input === undefined ? restart[name] !== usual : explicit[name] !== undefined;
  if (has('factor', 2) && restart.factor !== 1)
    yield ['restart.factor', 'swarm waits equally long before each restart', 'Give 1, or leave it out'];
  if (has('maxDelay', 30_000))
    yield [
      'restart.maxDelay',
      'swarm waits equally long before each restart',
      'Leave it out: restart.delay is the delay',
    ];
}

function* watching(spec: DaemonSpec): Generator<Refusal> {
  if (spec.readiness === 'notify')
    yield [
      'readiness',
      'swarm knows no notification',
      'Use health.type command: a task counts as running when it is healthy',
    ];
  if (spec.health && spec.health.type !== 'command')
    yield ['health.type', `swarm has no checks by ${spec.health.type}`, 'Use health.type command'];
}

const without = {
  memorySwapMax: 'swarm sets no limit of swap',
  cpuWeight: 'swarm has no CPU weights',
  ioReadBps: 'swarm does not limit input and output',
  ioWriteBps: 'swarm does not limit input and output',
} as const;

const since41 = ['pidsMax', 'openFilesMax', 'lockMemory'] as const;

function* resources({ resources }: DaemonSpec, api: string | undefined): Generator<Refusal> {
  for (const [name, why] of Object.entries(without)) {
    if (resources[name as keyof typeof without] !== undefined) yield [`resources.${name}`, why, leaveOut];
  }
  if (atLeast(api, 41)) return;
  for (const name of since41) {
    if (resources[name] !== undefined)
      yield [`resources.${name}`, 'this takes Docker 20.10 (API 1.41)', leaveOut];
  }
}

function* sandbox({ sandbox }: DaemonSpec, api: string | undefined): Generator<Refusal> {
  if ((sandbox.filesystem?.writable ?? []).length > 0)
    yield [
      'sandbox.filesystem.writable',
      'a task has no folder of its own that outlives it',
      'Give mounts or tmpfs of platform.container',
    ];
  if (sandbox.network === 'none')
    yield [
      'sandbox.network',
      'swarm has no network none',
      'Use an overlay network that is internal (platform.container.network)',
    ];
  if (sandbox.capabilities !== undefined && !atLeast(api, 41))
    yield ['sandbox.capabilities', 'this takes Docker 20.10 (API 1.41)', leaveOut];
  if (sandbox.noNewPrivileges && !atLeast(api, 44))
    yield [
      'sandbox.noNewPrivileges',
      'this takes Docker 25 (API 1.44)',
      'Set "no-new-privileges": true in the daemon.json of the nodes',
    ];
  if (typeof sandbox.seccomp === 'object')
    yield [
      'sandbox.seccomp',
      'a service takes no list of denied calls',
      'Set "seccomp-profile" in the daemon.json of the nodes',
    ];
}

function* container(settings: ContainerSettings): Generator<Refusal> {
  const at = 'platform.container';
  if (Object.keys(settings.hostConfig).length > 0)
    yield [`${at}.hostConfig`, 'a service has no HostConfig', leaveOut];
  if (settings.network === 'none')
    yield [`${at}.network`, 'swarm has no network none', 'Use host, bridge, or an overlay network'];
  if (settings.pull === 'never')
    yield [
      `${at}.pull`,
      'each node asks the registry',
      'Name the image with its digest: nodes that have it ask nobody',
    ];
  for (const [index, { address }] of settings.ports.entries()) {
    if (address !== '0.0.0.0')
      yield [
        `${at}.ports[${index}].address`,
        `swarm publishes on every address of a node, not on ${address} alone`,
        'Give 0.0.0.0 when that is meant',
      ];
  }
}

function* name({ name }: DaemonSpec): Generator<Refusal> {
  // swarmkit, isValidDNSName: of a service name, which has duende- before it.
  if (name.length > 56 || !/^[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*$/.test(name))
    yield [
      'name',
      `swarm takes no name like ${name}`,
      'Use letters, digits, "-" and "_" in it, at most 56, no "." and no "-" at the end',
    ];
}

/** @throws PlatformError Config naming the first setting that swarm cannot enforce */
export function checkSwarm(
  spec: DaemonSpec,
  settings: ContainerSettings,
  { input, api }: SwarmCheck = {},
): void {
  const refusals = [
    ...name(spec),
    ...restart(spec, input),
    ...watching(spec),
    ...resources(spec, api),
    ...sandbox(spec, api),
    ...container(settings),
  ];
  const [first] = refusals;
  if (first === undefined) return;
  const [field, why, hint] = first;
  throw configError(`Docker Swarm cannot enforce ${field}: ${why}`, {
    field,
    platform: 'container',
    operation: 'spawn',
    hint,
  });
}
