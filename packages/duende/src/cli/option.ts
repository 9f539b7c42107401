import {
  isPlatform,
  parseDuration,
  parseSignal,
  parseSize,
  platforms,
  restartPolicies,
  signals,
} from '@duende/core/contract';

/** What a value must look like, and what completion offers for it. */
export interface ValueKind {
  readonly expected: string;
  accepts(text: string): boolean;
  readonly complete?: readonly string[] | 'file' | 'folder' | 'daemon';
}

const anything = () => true;

const containerRuntimes: readonly string[] = ['docker', 'podman', 'containerd'];

export const kinds = {
  text: { expected: 'a text', accepts: anything },
  file: { expected: 'a file', accepts: (text) => text !== '', complete: 'file' },
  folder: { expected: 'a folder', accepts: (text) => text !== '', complete: 'folder' },
  duration: { expected: 'a duration such as "10s"', accepts: (text) => parseDuration(text) !== undefined },
  size: { expected: 'a size such as "64M"', accepts: (text) => parseSize(text) !== undefined },
  count: { expected: 'a whole number', accepts: (text) => /^\d{1,15}$/.test(text) },
  number: { expected: 'a number', accepts: (text) => /^\d+(\.\d+)?$/.test(text) },
  cpu: { expected: 'a percentage of one processor ("50%")', accepts: (text) => /^\d+(\.\d+)?%$/.test(text) },
  pair: { expected: 'NAME=VALUE', accepts: (text) => text.indexOf('=') > 0 },
  platform: {
    expected: `one of ${platforms.join(', ')}`,
    accepts: isPlatform,
    complete: platforms,
  },
  scope: {
    expected: 'user or system',
    accepts: (text) => text === 'user' || text === 'system',
    complete: ['user', 'system'],
  },
  domain: {
    expected: 'gui, user or system',
    accepts: (text) => ['gui', 'user', 'system'].includes(text),
    complete: ['gui', 'user', 'system'],
  },
  runtime: {
    expected: `one of ${containerRuntimes.join(', ')}`,
    accepts: (text) => containerRuntimes.includes(text),
    complete: containerRuntimes,
  },
  network: {
    expected: 'none, host, bridge or the name of a network',
    accepts: (text) => text !== '',
    complete: ['none', 'host', 'bridge'],
  },
  pull: {
    expected: 'missing, always or never',
    accepts: (text) => ['missing', 'always', 'never'].includes(text),
    complete: ['missing', 'always', 'never'],
  },
  signal: {
    expected: `one of ${signals.join(', ')}`,
    accepts: (text) => parseSignal(text) !== undefined,
    complete: signals,
  },
  readiness: {
    expected: 'none or notify',
    accepts: (text) => text === 'none' || text === 'notify',
    complete: ['none', 'notify'],
  },
  restart: {
    expected: `one of ${restartPolicies.join(', ')}, or with a limit: on-failure:5`,
    accepts: (text) => new RegExp(`^(${restartPolicies.join('|')})(:\\d{1,6})?$`).test(text),
    complete: restartPolicies,
  },
  hostPort: { expected: 'HOST:PORT', accepts: (text) => /^.+:\d{1,5}$/.test(text) },
  stream: {
    expected: 'stdout or stderr',
    accepts: (text) => text === 'stdout' || text === 'stderr',
    complete: ['stdout', 'stderr'],
  },
  topOrder: {
    expected: 'one of name, cpu, memory',
    accepts: (text) => ['name', 'cpu', 'memory'].includes(text),
    complete: ['name', 'cpu', 'memory'],
  },
} as const satisfies Record<string, ValueKind>;

/** One option: what the parser, --help and completion all read. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** Stands for the value in --help. Without it the option is a switch. */
  readonly value?: string;
  /** `text` without it. */
  readonly kind?: keyof typeof kinds;
  readonly multiple?: true;
  readonly help: string;
}

export interface PositionalSpec {
  readonly title: string;
  readonly kind?: keyof typeof kinds;
  readonly complete?: 'daemon' | readonly string[];
  readonly help: string;
}

/** On every command. */
export const commonOptions: readonly OptionSpec[] = [
  { name: 'json', help: 'Print JSON on stdout and nothing else' },
  { name: 'verbose', help: 'With an error, print its code, reason and causes' },
  { name: 'help', short: 'h', help: 'Show this help' },
];

export const platformOption: OptionSpec = {
  name: 'platform',
  short: 'p',
  value: 'PLATFORM',
  kind: 'platform',
  help: 'Only on this platform; $DUENDE_PLATFORM without it, else on every platform that can be used here',
};

/** Of systemd and of what else has a manager for the machine and one for each user. */
export const scopeOption: OptionSpec = {
  name: 'scope',
  value: 'SCOPE',
  kind: 'scope',
  help: 'linux (systemd): the user manager or the system manager; user without it, for root system',
};

/** Of launchd. */
export const domainOption: OptionSpec = {
  name: 'domain',
  value: 'DOMAIN',
  kind: 'domain',
  help: 'macos (launchd): gui, user or system; without it system for root, else gui where somebody is logged in, else user',
};

/** Which container engine, and where it is. */
export const engineOptions: readonly OptionSpec[] = [
  {
    name: 'runtime',
    value: 'ENGINE',
    kind: 'runtime',
    help: 'container: docker, podman or containerd; $DUENDE_CONTAINER_RUNTIME without it, else the first that answers',
  },
  {
    name: 'host',
    value: 'ADDRESS',
    help: 'container: where the engine is, as unix:///var/run/docker.sock; as its own command finds it without it',
  },
];

/** Where daemons are. */
export const placeOptions: readonly OptionSpec[] = [
  platformOption,
  scopeOption,
  domainOption,
  ...engineOptions,
];

export const namePositional: PositionalSpec = {
  title: 'NAME',
  complete: 'daemon',
  help: 'Name of the daemon',
};
